"""What a worker is told, what it tells, and how it goes about a clip."""

import hashlib
import json
import os
import time
from concurrent.futures import Future
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from pydantic import Field, field_validator

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.batch.sources import Source
from affectgraph.agents.governance.purpose import declared
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

# What would go wrong with every clip.
_COMMON = (AuditError, MemoryStoreError, SettingError, WeightsError)


class Recipe(Frozen):
    """How a worker makes its agent, and asks it; see the arguments of `EmotionAgent`.

    Attributes:
        llm: Name of the language model; None to do without.
        tools: Names of the senses; None for all of the package.
        memory: Where your own cases are.
        purpose: What verdicts are for.
        audit: The log of verdicts.
        evidence: Where what senses say is kept.
        explain_in: Language of the explanation; see `EmotionAgent.analyze`.
        threads: Processors that one worker may use.
    """

    llm: str | None
    tools: tuple[str, ...] | None = None
    memory: str | None = None
    purpose: str = Field(default_factory=declared)
    audit: Path | None = None
    evidence: Path | None = None
    explain_in: str = ENGLISH
    threads: int = 1

    @field_validator("audit", "evidence")
    @classmethod
    def _from_anywhere(cls, path: Path | None) -> Path | None:
        """Workers may stand in another folder."""
        return path and path.absolute()

    @field_validator("memory")
    @classmethod
    def _place_from_anywhere(cls, place: str | None) -> str | None:
        if place is None or is_postgres_url(place):
            return place
        return str(Path(place).absolute())

    def agent(self, *, progress: bool = False) -> EmotionAgent:
        """The agent; `progress` as of `EmotionAgent`.

        Raises:
            AffectgraphError: If a setting cannot be used.
        """
        return EmotionAgent(
            llm=self.llm,
            tools=self.tools,
            memory=None if self.memory is None else Memory(self.memory),
            purpose=self.purpose,
            audit=self.audit,
            evidence=self.evidence,
            progress=progress,
        )

    @property
    def settings(self) -> dict[str, Any]:
        """What verdicts depend on beside the clip: also the release and its weights."""
        told = self.model_dump(mode="json", exclude={"audit", "evidence", "threads"})
        known = [entry.sha256 for entry in weights.entries()]
        release = metadata.version("affectgraph")
        return {**told, "version": release, "weights": digest(known)}


class Task(Frozen):
    """One clip to analyse.

    Attributes:
        key: What is asked: hash of the clip and the settings.
        clip: SHA-256 of the clip when it was first looked at.
        seconds: Its duration.
        source: What it is opened from.
    """

    key: str
    clip: str
    seconds: float
    source: Source


class Outcome(Frozen):
    """What came of a task.

    Attributes:
        verdict: `Verdict.to_dict()`; None if there is an error.
        error: What is wrong with the clip, in one line.
        trouble: What is wrong with more than this clip, and ends the whole run.
        cpu_seconds: Of the worker for it.
        warm: The worker had its models loaded.
    """

    verdict: dict[str, Any] | None = None
    error: str = ""
    trouble: str = ""
    cpu_seconds: float = 0.0
    warm: bool = True


class Work(Protocol):
    """Workers that analyse clips, wherever they are; each loads its models once.

    Attributes:
        workers: How many tasks are worth giving at a time.
    """

    workers: int

    def begin(self, task: Task) -> Future[Outcome]:
        """Give a worker a clip.

        The future raises a `WorkerLostError` if the worker dies at it, and another
        `AffectgraphError` if there is no worker to be had.
        """

    def close(self) -> None:
        """Let the workers go, whatever they are at."""


class Worker:
    """An agent of its own, and the clips that it is given one after another."""

    def __init__(self, recipe: Recipe) -> None:
        """Make the agent; models are loaded for the first clip.

        Raises:
            AffectgraphError: If a setting cannot be used.
        """
        os.environ[processors.THREADS_VARIABLE] = str(recipe.threads)
        self._agent = recipe.agent()
        self._explain_in = recipe.explain_in
        self._warm = False

    def answer(self, task: Task) -> Outcome:
        """Analyse one clip; what goes wrong is told, not raised."""
        started = time.process_time()
        told = self._told(task)
        spent, warm = time.process_time() - started, self._warm
        self._warm = True
        return Outcome(**told, cpu_seconds=round(spent, 3), warm=warm)

    def _told(self, task: Task) -> dict[str, Any]:
        try:
            clip = task.source.open()
            if clip.sha256 != task.clip:
                raise ClipError(f"{task.source.name}: it was changed meanwhile")
            malloc.tune_for_duration(clip.span.seconds)
            verdict = self._agent.analyze(clip, explain_in=self._explain_in)
            return {"verdict": verdict.to_dict()}
        except _COMMON as error:
            return {"trouble": one_line(error)}
        except Exception as error:  # whatever else it is, it must not cost other clips
            return {"error": one_line(error)}


def digest(told: Any) -> str:
    """SHA-256 of plain JSON."""
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
