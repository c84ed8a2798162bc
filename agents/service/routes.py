"""The routes of the service."""

import asyncio
from collections.abc import AsyncIterator
from importlib import metadata
from typing import Annotated, Any

from fastapi import FastAPI, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.service.jobs import Job, JobQueue
from affectgraph.agents.service.metrics import Metrics
from affectgraph.agents.service.schemas import (
    CaseRequest,
    EditedVerdict,
    EditsRequest,
    Health,
    JobEvent,
    JobView,
    Problem,
    SimilarCases,
    StoredCase,
    VerdictFields,
)
from affectgraph.agents.service.settings import ServiceSettings
from affectgraph.agents.service.submission import read_submission
from affectgraph.graphs.replay.player import RecordedClip
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.memory import Memory
from affectgraph.memory.clip_vectors import clip_vectors
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.errors import SettingError
from affectgraph.tools.sanitize import sanitize_text

_HEARTBEAT_S = 15.0

Wait = Annotated[bool, Query(description="Answer with the verdict; else at once.")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="A second request with it gets the analysis of the first.",
    ),
]
Label = Annotated[str | None, Query(description="The emotion; the likeliest if none.")]
Count = Annotated[int, Query(ge=1, le=50, description="How many cases.")]


def _form_schema() -> dict[str, Any]:
    """The form of a request, which the service reads itself to limit it."""
    schema = VerdictFields.model_json_schema()
    file = {"type": "string", "format": "binary", "description": "A media file."}
    schema["properties"] = {"file": file, **schema["properties"]}
    del schema["title"]  # generated clients name it after the operation
    return {"content": {"multipart/form-data": {"schema": schema}}, "required": True}


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem} for status in statuses}


class ServiceRoutes:
    """Answers the requests of the service."""

    def __init__(
        self,
        agent: EmotionAgent,
        queue: JobQueue,
        settings: ServiceSettings,
        metrics: Metrics,
        memory: Memory | None,
    ) -> None:
        self._agent = agent
        self._queue = queue
        self._settings = settings
        self._metrics = metrics
        self._memory = memory

    def add_to(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        one = "/v1/verdicts/{job_id}"
        app.add_api_route(
            "/v1/verdicts",
            self.create_verdict,
            methods=["POST"],
            response_model=JobView,
            responses={
                202: {"model": JobView},
                **_problems(403, 408, 409, 413, 422, 429, 503),
            },
            openapi_extra={"requestBody": _form_schema()},
        )
        missing = _problems(404, 409, 422)
        for path, method, endpoint in (
            (one, "GET", self.read_verdict),
            (f"{one}/what-if", "POST", self.edit_verdict),
            (f"{one}/cases", "GET", self.find_cases),
            (f"{one}/cases", "POST", self.store_case),
        ):
            app.add_api_route(path, endpoint, methods=[method], responses=missing)
        app.add_api_route(one, self.delete_verdict, methods=["DELETE"], status_code=204)
        app.add_api_route(
            f"{one}/events",
            self.stream_events,
            response_class=StreamingResponse,
            responses={200: {"content": {"text/event-stream": {}}}, **missing},
        )
        app.add_api_route("/v1/health", self.read_health)
        app.add_api_route("/metrics", self.read_metrics, include_in_schema=False)

    async def create_verdict(
        self,
        request: Request,
        response: Response,
        wait: Wait = True,
        idempotency_key: Key = None,
    ) -> Any:
        """Analyse a file, a text, or both."""
        with self._queue.reserve():
            submission = await read_submission(request, self._settings)
            # No other request runs between this look and `submit`.
            job = self._queue.of_key(idempotency_key)
            if job is None:
                job = self._queue.submit(submission, idempotency_key)
            else:
                submission.discard()
                if job.fingerprint != submission.fingerprint:
                    raise SettingError("Idempotency-Key: used for another request")
        response.headers["location"] = f"/v1/verdicts/{job.id}"
        if not wait:
            response.status_code = 202
            return job.view
        return await job.result()

    async def read_verdict(self, job_id: str) -> JobView:
        """The state of an analysis, and its verdict."""
        return self._find(job_id).view

    async def delete_verdict(self, job_id: str) -> None:
        """Drop a verdict before its time."""
        self._find(job_id)
        self._queue.forget(job_id)

    async def stream_events(self, job_id: str) -> StreamingResponse:
        """The events of an analysis (`progress`), then the analysis (`end`)."""
        job = self._find(job_id)
        return StreamingResponse(_event_stream(job), media_type="text/event-stream")

    async def edit_verdict(self, job_id: str, edits: EditsRequest) -> EditedVerdict:
        """The verdict with other evidence; nothing is perceived again."""
        run = self._run_of(job_id)
        result = await asyncio.to_thread(self._agent.what_if, run, edits.edits)
        return EditedVerdict(verdict=result.verdict, changed=result.changed)

    async def find_cases(
        self, job_id: str, label: Label = None, count: Count = 5
    ) -> SimilarCases:
        """Annotated clips like that of a verdict."""
        run = self._run_of(job_id)
        if label not in (None, *BASIC_EMOTIONS):
            raise SettingError(f"label: use one of {', '.join(BASIC_EMOTIONS)}")
        return await asyncio.to_thread(self._recall, run, label, count)

    async def store_case(self, job_id: str, case: CaseRequest) -> StoredCase:
        """Store the label that a verdict should have had."""
        run = self._run_of(job_id)
        if self._memory is None:
            raise HTTPException(409, "start the service with --memory to store cases")
        correction = await asyncio.to_thread(
            self._agent.correct,
            run,
            case.label,
            sanitize_text(case.note),
            sanitize_text(case.annotator),
        )
        return StoredCase(clip=correction.clip, label=correction.after or "")

    async def read_health(self) -> Health:
        """Whether the service takes requests."""
        return Health(
            status=self._queue.status,
            version=metadata.version("affectgraph"),
            purpose=self._settings.purpose,
            running=self._queue.running,
            waiting=self._queue.waiting,
        )

    async def read_metrics(self) -> Response:
        """Figures for Prometheus."""
        return Response(self._metrics.text(), media_type="text/plain; version=0.0.4")

    def _recall(self, run: RecordedRun, label: str | None, count: int) -> SimilarCases:
        clip, verdict = RecordedClip(run), run.record.verdict
        cases = (self._memory or Memory()).recall(
            clip_vectors(clip.artifacts, verdict.evidence),
            leading=label or top_emotion(verdict.distribution),
            exclude=[clip.footage, clip.sha256],
            k=count,
        )
        return SimilarCases(cases=tuple(cases))

    def _find(self, job_id: str) -> Job:
        job = self._queue.get(job_id)
        if job is None:
            raise HTTPException(404, "there is no such verdict, or no longer")
        return job

    def _run_of(self, job_id: str) -> RecordedRun:
        job = self._find(job_id)
        if job.run is None:
            raise HTTPException(
                409, f"there is no verdict: the analysis is {job.state}"
            )
        return job.run


async def _event_stream(job: Job) -> AsyncIterator[str]:
    number = 0
    async for event in job.follow(_HEARTBEAT_S):
        if event is None:
            yield ": still at work\n\n"
            continue
        number += 1
        data = JobEvent(number=number, event=event).model_dump_json()
        yield f"event: progress\nid: {number}\ndata: {data}\n\n"
    yield f"event: end\ndata: {job.view.model_dump_json()}\n\n"
