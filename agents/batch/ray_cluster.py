"""Workers on a Ray cluster: its processes take tasks, each with its own models."""

import os
from concurrent.futures import Future
from functools import cache
from typing import Any

from affectgraph.agents.batch.tasks import Task, TaskResult, Worker, WorkerSettings
from affectgraph.tools.errors import (
    AffectgraphError,
    SettingError,
    WorkerLostError,
    one_line,
)
from affectgraph.tools.extras import import_extra
from affectgraph.tools.io import malloc


class RayCluster:
    """Runs as many tasks at a time as the cluster has processors, or fewer if asked.

    Every node needs affectgraph, its weights, and the clips under the same paths. A
    task is lost if its worker or node dies; `BatchRun` decides whether to retry it.
    """

    def __init__(
        self, settings: WorkerSettings, address: str, workers: int | None
    ) -> None:
        """Join a cluster.

        Args:
            settings: Of the agent of each worker.
            address: `HOST:PORT` of the head node, or `auto` on a node of the cluster.
            workers: Most tasks at a time; None for one per processor.
        """
        self._ray = _import_ray()
        if address == "local":
            raise SettingError("--ray local: name a cluster, or use --workers")
        try:
            self._ray.init(address=address, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise AffectgraphError(f"--ray {address}: {one_line(error)}") from error
        self.workers = workers or int(self._ray.cluster_resources().get("CPU", 1))
        self._settings = settings.model_dump_json()
        # By default Ray retries a clip that kills its workers without end.
        options = {"num_cpus": settings.threads, "max_retries": 0}
        self._run_task = self._ray.remote(**options)(_run_task)

    def submit(self, task: Task) -> Future[TaskResult]:
        """Give a clip to a worker; see `WorkerPool`."""
        result: Future[TaskResult] = Future()
        reference = self._run_task.remote(self._settings, task.model_dump_json())
        reference.future().add_done_callback(
            lambda done: self._set_result(done, result)
        )
        return result

    def close(self) -> None:
        """Leave the cluster; running tasks are given up."""
        self._ray.shutdown()

    def _set_result(self, done: Future[str], result: Future[TaskResult]) -> None:
        exceptions = self._ray.exceptions
        try:
            result.set_result(TaskResult.model_validate_json(done.result()))
        except (
            exceptions.WorkerCrashedError,
            exceptions.NodeDiedError,
            exceptions.OutOfMemoryError,
        ) as error:
            result.set_exception(
                WorkerLostError(f"the worker died at it ({one_line(error)})")
            )
        except Exception as error:
            result.set_exception(AffectgraphError(f"Ray: {one_line(error)}"))


@cache
def _worker(settings: str) -> Worker:
    malloc.limit_arenas()
    return Worker(WorkerSettings.model_validate_json(settings))


def _run_task(settings: str, task: str) -> str:
    """Run one task in a process of the cluster."""
    try:
        result = _worker(settings).run(Task.model_validate_json(task))
    except AffectgraphError as error:
        result = TaskResult(fatal_error=one_line(error))
    return result.model_dump_json()


def _import_ray() -> Any:
    # Ray sends usage statistics unless this is off before it is imported.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    return import_extra("ray", "ray")
