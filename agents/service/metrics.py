"""Figures of the service for Prometheus; none of them tells anything of a clip."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics:
    """Counts requests and analyses, with a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "affectgraph_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._request_seconds = Histogram(
            "affectgraph_request_seconds",
            "Seconds until a request was answered.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._job_seconds = Histogram(
            "affectgraph_job_seconds",
            "Seconds of an analysis, without waiting.",
            ("state",),
            buckets=_SECONDS,
            registry=self._registry,
        )

    def watch(self, name: str, text: str, read: Callable[[], int]) -> None:
        """Add a figure that is read when it is asked for."""
        Gauge(f"affectgraph_{name}", text, registry=self._registry).set_function(read)

    def observe_job(self, state: str, seconds: float) -> None:
        """Count an analysis."""
        self._job_seconds.labels(state).observe(seconds)

    async def observe_request(
        self, request: Any, answer: Callable[[Any], Awaitable[Any]]
    ) -> Any:
        """Answer a request, and count it."""
        started = time.perf_counter()
        response = await answer(request)
        # The pattern, not the path: clients must not make up labels.
        pattern = getattr(request.scope.get("route"), "path", "other")
        labels = (request.method if pattern != "other" else "other", pattern)
        self._requests.labels(*labels, response.status_code).inc()
        seconds = time.perf_counter() - started
        self._request_seconds.labels(*labels).observe(seconds)
        return response

    def text(self) -> bytes:
        """All figures in the text format of Prometheus."""
        text: bytes = generate_latest(self._registry)
        return text
