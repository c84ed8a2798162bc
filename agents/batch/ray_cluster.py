"""Workers on a Ray cluster: its processes take tasks, each with models of its own."""

import os
from concurrent.futures import Future
from functools import cache
from typing import Any

from affectgraph.agents.batch.tasks import Outcome, Recipe, Task, Worker
from affectgraph.tools.errors import (
    AffectgraphError,
    SettingError,
    WorkerLostError,
    one_line,
)
from affectgraph.tools.io import malloc


class Cluster:
    """As many tasks at a time as the cluster has processors, or as were asked for.

    Every node needs affectgraph, its weights, and the clips under the same paths. A
    task whose worker or node dies is lost: what is tried again is for the run to say.

    Attributes:
        workers: How many tasks are worth giving at a time.
    """

    def __init__(self, recipe: Recipe, address: str, workers: int | None) -> None:
        """Join a cluster.

        Args:
            recipe: How a worker makes its agent.
            address: `HOST:PORT` of its head, or `auto` on a machine that is in it.
            workers: Most tasks at a time; None for one a processor.

        Raises:
            AffectgraphError: If it cannot be reached.
            SettingError: If Ray is not installed.
        """
        self._ray = _ray()
        if address == "local":
            raise SettingError("--ray local: name a cluster, or use --workers")
        try:
            self._ray.init(address=address, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise AffectgraphError(f"--ray {address}: {one_line(error)}") from error
        self.workers = workers or int(self._ray.cluster_resources().get("CPU", 1))
        self._recipe = recipe.model_dump_json()
        # Ray itself would try a clip that kills its workers for ever.
        self._answer = self._ray.remote(num_cpus=recipe.threads, max_retries=0)(_answer)

    def begin(self, task: Task) -> Future[Outcome]:
        """Give a worker a clip; see `Work`."""
        told: Future[Outcome] = Future()
        asked = self._answer.remote(self._recipe, task.model_dump_json())
        asked.future().add_done_callback(lambda done: self._hand_over(done, told))
        return told

    def close(self) -> None:
        """Leave the cluster; tasks that are being done are given up."""
        self._ray.shutdown()

    def _hand_over(self, done: Future[str], told: Future[Outcome]) -> None:
        lost = self._ray.exceptions
        try:
            told.set_result(Outcome.model_validate_json(done.result()))
        except (
            lost.WorkerCrashedError,
            lost.NodeDiedError,
            lost.OutOfMemoryError,
        ) as error:
            told.set_exception(
                WorkerLostError(f"the worker died at it ({one_line(error)})")
            )
        except Exception as error:
            told.set_exception(AffectgraphError(f"Ray: {one_line(error)}"))


@cache
def _worker(recipe: str) -> Worker:
    malloc.limit_arenas()
    return Worker(Recipe.model_validate_json(recipe))


def _answer(recipe: str, task: str) -> str:
    """One task, in a process of the cluster."""
    try:
        outcome = _worker(recipe).answer(Task.model_validate_json(task))
    except AffectgraphError as error:
        outcome = Outcome(trouble=one_line(error))
    return outcome.model_dump_json()


def _ray() -> Any:
    # Nothing is told to anybody about its use.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError as error:
        raise SettingError(
            "Ray is not installed: run pip install 'affectgraph[ray]', or use --workers"
        ) from error
    return ray
