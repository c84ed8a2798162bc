"""Tasks and results of batch workers, and how a worker analyses a clip."""

import hashlib
import json
import os
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

from pydantic import Field, field_validator

from affectgraph import __version__
from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.batch.sources import ClipSource
from affectgraph.agents.governance.purpose import checked_purpose
from affectgraph.memory import Memory, is_postgres_url
from affectgraph.tools import weights
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.errors import (
    AuditError,
    ClipError,
    MemoryStoreError,
    SettingError,
    WeightsError,
    one_line,
)
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io import malloc, processors

# Errors that every clip would give.
_FATAL_ERRORS = (AuditError, MemoryStoreError, SettingError, WeightsError)


class WorkerSettings(Frozen):
    """Settings of the agent of each worker; see the arguments of `EmotionAgent`.

    Attributes:
        llm: Name of the language model; None to work without one.
        tools: Names of the senses; None for all of the package.
        memory: Place of your own cases.
        purpose: What verdicts are used for.
        audit: File in which verdicts are logged.
        evidence: Folder that caches evidence.
        explain_in: Language of the explanation; see `EmotionAgent.analyze`.
        threads: Processors that one worker may use.
    """

    llm: str | None
    tools: tuple[str, ...] | None = None
    memory: str | None = None
    purpose: str = Field(default_factory=checked_purpose)
    audit: Path | None = None
    evidence: Path | None = None
    explain_in: str = ENGLISH
    threads: int = 1

    @field_validator("audit", "evidence")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        # Workers may run in another folder.
        return path and path.absolute()

    @field_validator("memory")
    @classmethod
    def _absolute_place(cls, place: str | None) -> str | None:
        if place is None or is_postgres_url(place):
            return place
        return str(Path(place).absolute())

    def agent(self, *, progress: bool = False) -> EmotionAgent:
        """Make the agent; `progress` as of `EmotionAgent`."""
        return EmotionAgent(
            llm=self.llm,
            tools=self.tools,
            memory=None if self.memory is None else Memory(self.memory),
            purpose=self.purpose,
            audit=self.audit,
            evidence=self.evidence,
            progress=progress,
        )

    def fingerprint(self) -> str:
        """Return a hash of all that verdicts depend on, other than the clip."""
        settings = self.model_dump(
            mode="json", exclude={"audit", "evidence", "threads"}
        )
        weights_hashes = [entry.sha256 for entry in weights.entries()]
        release = __version__
        return json_sha256(
            {**settings, "version": release, "weights": json_sha256(weights_hashes)}
        )


class Task(Frozen):
    """One clip to analyse.

    Attributes:
        key: Hash of the clip and the settings: equal keys have equal results.
        clip: SHA-256 of the clip when it was first opened.
        seconds: Its duration.
        source: Opens the clip.
    """

    key: str
    clip: str
    seconds: float
    source: ClipSource


class TaskResult(Frozen):
    """Result of a task.

    Attributes:
        verdict: `Verdict.to_dict()`; None if there is an error.
        error: What is wrong with the clip, in one line.
        fatal_error: What is wrong with more than this clip; it ends the whole run.
        cpu_seconds: CPU time of the worker for the clip.
    """

    verdict: dict[str, Any] | None = None
    error: str = ""
    fatal_error: str = ""
    cpu_seconds: float = 0.0


class WorkerPool(Protocol):
    """Workers that analyse clips; each loads its models once."""

    workers: int

    def submit(self, task: Task) -> Future[TaskResult]:
        """Give a clip to a worker.

        The future raises a `WorkerLostError` if the worker dies at it, and another
        `AffectgraphError` if no worker can be started.
        """

    def close(self) -> None:
        """Stop the workers, whatever they are doing."""


class Worker:
    """Analyses clips one after another with its own agent."""

    def __init__(self, recipe: WorkerSettings) -> None:
        """Make the agent; models are loaded at the first clip."""
        os.environ[processors.THREADS_VARIABLE] = str(recipe.threads)
        self._agent = recipe.agent()
        self._explain_in = recipe.explain_in

    def run(self, task: Task) -> TaskResult:
        """Analyse one clip; errors are returned, not raised."""
        start = time.process_time()
        fields = self._analyze(task)
        cpu_seconds = round(time.process_time() - start, 3)
        return TaskResult(**fields, cpu_seconds=cpu_seconds)

    def _analyze(self, task: Task) -> dict[str, Any]:
        try:
            clip = task.source.open()
            if clip.sha256 != task.clip:
                raise ClipError(
                    f"{task.source.name}: the file has changed since it was listed"
                )
            malloc.tune_for_duration(clip.span.seconds)
            verdict = self._agent.analyze(clip, explain_in=self._explain_in)
            return {"verdict": verdict.to_dict()}
        except _FATAL_ERRORS as error:
            return {"fatal_error": one_line(error)}
        except Exception as error:  # one clip must not end the run
            return {"error": one_line(error)}


def json_sha256(value: Any) -> str:
    """Return the SHA-256 of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
