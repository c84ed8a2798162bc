"""What all parts of `EmotionAgent` share: settings, models, and how it opens clips."""

import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel

from affectgraph.agents.annotation import Annotations
from affectgraph.agents.clip_arguments import open_clip
from affectgraph.agents.governance.audit_log import AuditLog
from affectgraph.agents.governance.purpose import checked_purpose
from affectgraph.graphs.evidence_cache import EvidenceCache
from affectgraph.graphs.persistence.runs import RunStore
from affectgraph.graphs.reasoner import models
from affectgraph.graphs.reasoner.judgement import prompt_fingerprint
from affectgraph.graphs.reasoner.measurement import (
    ReasonerMeasurement,
    find_measurement,
)
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.schema import Decision, Review
from affectgraph.graphs.verdict.state import Budget
from affectgraph.memory import Memory, Place, database_from_env
from affectgraph.tools import registry
from affectgraph.tools.clip import Clip, Limits
from affectgraph.tools.clip.limits import checked_limits
from affectgraph.tools.clip.source import Source
from affectgraph.tools.errors import SettingError, WeightsError
from affectgraph.tools.io.arguments import AnyPath, checked_path, checked_type
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.timeout import check_fork
from affectgraph.tools.weights import ensure, select_set

Reviewer = Callable[[Decision], Review | str | None]


class AgentBase:
    """Checked settings of an agent, and how it opens clips."""

    def __init__(
        self,
        *,
        llm: str | BaseChatModel | None = None,
        tools: Sequence[str | PerceptionTool] | str | PerceptionTool | None = None,
        memory: Memory | Place | None = None,
        budget: Budget | None = None,
        coverage: float = 0.9,
        limits: Limits | None = None,
        runs: Place | None = None,
        purpose: str | None = None,
        audit: AnyPath | None = None,
        evidence: AnyPath | None = None,
        calibration: AnyPath | None = None,
        review: Reviewer | None = None,
        weights: str | None = None,
        progress: bool = False,
    ) -> None:
        """Choose how to perceive and reason; nothing is loaded yet.

        Args:
            llm: `PROVIDER:MODEL`, or a LangChain chat model; none by default, since
                the models that ship explain no better than templates.
            tools: Senses by name, such as "face,prosody" or ["face"], or your own; all
                senses of the package if None.
            memory: Annotated cases, or their place (see `Memory`); the seed cases of
                the package if None.
            budget: Limits on rounds, calls, tokens and seconds of reasoning.
            coverage: How often the prediction set should contain the right label, from
                0.5 up to below 1.
            limits: Caps on a clip's duration, pixels, frames and text.
            runs: Where every run is stored: a folder, or the address of a PostgreSQL
                database. If None, only runs with a thread are stored, in the database
                of the setting `AFFECTGRAPH_DATABASE`, if it is set.
            purpose: What verdicts are used for; see `governance.purpose`.
            audit: File in which every verdict is logged. A verdict that cannot be
                logged is not returned.
            evidence: Folder that caches the evidence of the senses, transcripts
                included, for the next time the same clip is analysed; see
                `graphs.evidence_cache`.
            calibration: File of `calibrate` that says how much the language model
                counts; the user's, or that which ships, if None.
            review: Called with every decision before it is explained. It returns None
                to accept it, another emotion, or a `Review`. The run waits for it by
                LangGraph's `interrupt()`: if it raises, a run with a thread goes on
                from there when it is analysed again.
            weights: `default`, or `permissive`: only weights whose training data may be
                used commercially, without the senses that have none. All agents of a
                process use the same. If None, the setting `AFFECTGRAPH_WEIGHTS` counts.
            progress: Show downloads on standard error.

        Raises:
            SettingError: If a setting cannot be used, or the purpose is forbidden.
        """
        select_set(weights)
        self._tools = registry.select_tools(tools)
        self._memory = memory if isinstance(memory, Memory) else Memory(memory)
        self._budget = checked_type("budget", budget or Budget(), Budget)
        self._coverage = _checked_coverage(coverage)
        self._limits = checked_limits(limits)
        self._runs = RunStore(runs)
        self._purpose = checked_purpose(purpose)
        self._audit_log = None if audit is None else AuditLog(audit)
        self._evidence_cache = None if evidence is None else EvidenceCache(evidence)
        self._review = checked_reviewer(review)
        self._resources = AgentResources(
            llm,
            self._tools,
            calibration=checked_path("calibration", calibration),
            progress=progress,
        )
        self._annotations = Annotations(
            self._memory,
            self._tools,
            ensure_weights=self._resources.ensure_weights,
            stored_artifacts=lambda clip: self._thread_runs.artifacts(clip),
        )

    @cached_property
    def _thread_runs(self) -> RunStore:
        """Storage of runs with a thread; opened by the first of them."""
        return RunStore(database_from_env()) if self._runs.place is None else self._runs

    def open_clip(self, source: Source | Clip | None, **options: Any) -> Clip:
        """Open a clip within the limits of the agent; options as for `Clip.open`."""
        return open_clip(source, self._limits, **options)


def checked_reviewer(review: Reviewer | None) -> Reviewer | None:
    """The reviewer, if it can be called.

    Raises:
        SettingError: If it cannot.
    """
    if review is not None and not callable(review):
        raise SettingError("review: pass a function of a Decision")
    return review


def _checked_coverage(coverage: float) -> float:
    if not isinstance(coverage, float | int) or not 0.5 <= coverage < 1.0:
        raise SettingError(f"coverage is {coverage!r}; use 0.5 up to below 1")
    return coverage


class AgentResources:
    """Fetches the weights of the senses and the language model once for all threads.

    Attributes:
        model_name: Of the language model; empty if the agent has none.
        model: The language model; None if the agent has none.
        missing: Why the language model that was asked for cannot be used; empty if it
            can.
    """

    def __init__(
        self,
        llm: str | BaseChatModel | None,
        tools: Sequence[PerceptionTool],
        *,
        calibration: Path | None = None,
        progress: bool,
    ) -> None:
        """Choose the models; nothing is loaded yet.

        Args:
            llm: `PROVIDER:MODEL`, a LangChain chat model, or None.
            tools: The senses.
            calibration: File that says how much the language model counts; the user's,
                or that which ships, if None.
            progress: Show downloads on standard error.
        """
        model = models.chat_model(llm) if isinstance(llm, str) else llm
        self.model = checked_type("llm", model, BaseChatModel)
        self.missing: tuple[str, ...] = ()
        self.model_name = llm if isinstance(llm, str) else ""
        if self.model is not None:
            self.model_name = self.model_name or self.model.get_name()
        self._tools = tools
        self._calibration = calibration
        self._measurement: ReasonerMeasurement | None = None
        self._progress = progress
        self._reasoner: Reasoner | None = None
        self._reasoner_tried = False
        self._lock = threading.Lock()

    def ensure_weights(self, clip: Clip) -> None:
        """Fetch every weights file that the senses need for a clip.

        Raises:
            WeightsError: If a file cannot be fetched.
            ForkedProcessError: If this process cannot use the models, being a fork.
        """
        check_fork()
        with self._lock:
            tools = [tool for tool in self._tools if not tool.missing_input(clip)]
            names = [name for tool in tools for name in tool.needed_weights(clip)]
            ensure.ensure_weights(names, progress=self._progress)

    @property
    def reasoner(self) -> Reasoner | None:
        """The language model, ready for requests; None if there is none."""
        with self._lock:
            if not self._reasoner_tried and self.model is not None:
                self._reasoner_tried = True
                self._reasoner = self._load_reasoner(self.model)
                if self._reasoner is not None:
                    self._measurement = _measurement(self._reasoner, self._calibration)
        return self._reasoner

    @property
    def measurement(self) -> ReasonerMeasurement | None:
        """How much the language model counts; None if it was never measured."""
        return self._measurement if self.reasoner else None

    def use_measurement(self, measured: ReasonerMeasurement) -> None:
        """Count the language model as this measurement says."""
        with self._lock:
            self._measurement = measured

    def _load_reasoner(self, model: BaseChatModel) -> Reasoner | None:
        try:
            names = models.required_weights(self.model_name)
            ensure.ensure_weights(names, progress=self._progress)
        except WeightsError as error:
            self.missing = (f"answered without the language model: {error}",)
            return None
        return Reasoner(model, self.model_name, settings=models.model_settings(model))


def _measurement(reasoner: Reasoner, file: Path | None) -> ReasonerMeasurement | None:
    """The measurement of a language model with its present prompts.

    Raises:
        SettingError: If the file is of another model or of other prompts.
    """
    model, fingerprint = models.full_name(reasoner.name), prompt_fingerprint(reasoner)
    if file is None:
        return find_measurement(model, fingerprint)
    measured = ReasonerMeasurement.load(file)
    if measured.model != model:
        raise SettingError(f"{file}: measures {measured.model}, not {model}")
    if measured.fingerprint != fingerprint:
        raise SettingError(
            f"{file}: measures {model} with other prompts or settings; run affectgraph "
            "calibrate again"
        )
    return measured
