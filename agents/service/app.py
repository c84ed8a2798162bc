"""The application of the service: its routes and its errors."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.service.access import AccessGuard, problem_response
from affectgraph.agents.service.jobs import (
    FailedJobError,
    JobQueue,
    ServiceBusyError,
    ServiceStoppingError,
)
from affectgraph.agents.service.metrics import Metrics
from affectgraph.agents.service.routes import ServiceRoutes
from affectgraph.agents.service.settings import ServiceSettings
from affectgraph.agents.service.submission import SlowUploadError
from affectgraph.memory import Memory
from affectgraph.tools.errors import (
    AffectgraphError,
    ClipTooLargeError,
    PurposeError,
    WeightsError,
    first_problem,
    one_line,
)

_INTERNAL_ERROR = "the request failed; this is an error of affectgraph"
_STATUS_OF_ERRORS: tuple[tuple[type[AffectgraphError], int], ...] = (
    (ServiceStoppingError, 503),
    (ServiceBusyError, 429),
    (SlowUploadError, 408),
    (ClipTooLargeError, 413),
    (PurposeError, 403),
    (FailedJobError, 500),
    (WeightsError, 500),
    (AffectgraphError, 422),
)


def create_app(
    agent: EmotionAgent, settings: ServiceSettings, memory: Memory | None = None
) -> FastAPI:
    """Make the application.

    Args:
        agent: Analyses the clips.
        settings: Who may use the service, and what a request may cost.
        memory: Where corrections go and similar cases come from; None for the cases
            that ship, to be read only.
    """
    metrics = Metrics()
    queue = JobQueue(agent, settings, metrics.observe_job)
    metrics.watch("jobs_running", "Analyses at work.", lambda: queue.running)
    metrics.watch("jobs_waiting", "Requests that wait.", lambda: queue.waiting)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        queue.end()

    app = FastAPI(
        title="Affectgraph",
        version=metadata.version("affectgraph"),
        description="Tells what emotion a person expresses in a clip, and why.",
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.queue = queue
    ServiceRoutes(agent, queue, settings, metrics, memory).add_to(app)
    _add_error_handlers(app)
    app.middleware("http")(metrics.observe_request)
    app.add_middleware(AccessGuard, token=settings.token)
    return app


def _add_error_handlers(app: FastAPI) -> None:
    async def refuse(request: Request, error: Any) -> Any:
        status = next(s for kind, s in _STATUS_OF_ERRORS if isinstance(error, kind))
        seconds = getattr(error, "seconds", None)
        headers = {} if seconds is None else {"retry-after": str(seconds)}
        return problem_response(status, one_line(error), headers)

    async def refuse_invalid(request: Request, error: Any) -> Any:
        return problem_response(422, first_problem(error, "the request"))

    async def refuse_http(request: Request, error: Any) -> Any:
        return problem_response(error.status_code, str(error.detail))

    async def fail(request: Request, error: Any) -> Any:
        return problem_response(500, _INTERNAL_ERROR)

    app.add_exception_handler(AffectgraphError, refuse)
    app.add_exception_handler(ValidationError, refuse_invalid)
    app.add_exception_handler(RequestValidationError, refuse_invalid)
    app.add_exception_handler(HTTPException, refuse_http)
    app.add_exception_handler(Exception, fail)
