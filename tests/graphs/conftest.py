"""Evidence and senses to try the graph with: a happy face, a sad voice, sad words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affectgraph.graphs.persistence.checkpoints import open_saver
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.replay.player import run_graph
from affectgraph.graphs.replay.recording import RecordedRun, Recorder
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.verdict.graph import builder
from affectgraph.graphs.verdict.state import Context
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution
from affectgraph.tools.evidence import (
    Calibration,
    Evidence,
    Measurement,
    Moment,
    Provenance,
    Span,
)
from affectgraph.tools.perception import PerceptionTool, perception_tool

WHOLE = Span(start=0.0, end=4.0)
# Trust of their own makes the senses independent of the numbers that ship.
TRUST = {
    name: Calibration(weight=weight)
    for name, weight in (("face", 0.6), ("prosody", 1.0), ("transcript", 1.0))
}


def mostly(**shares: float) -> Distribution:
    """These shares, and the rest spread evenly."""
    rest = (1 - sum(shares.values())) / (7 - len(shares))
    return {emotion: shares.get(emotion, rest) for emotion in BASIC_EMOTIONS}


def piece(name: str, modality: str, observation: str, **fields: Any) -> Evidence:
    return Evidence(
        id=name,
        modality=modality,
        tool=modality,
        span=fields.pop("span", WHOLE),
        observation=observation,
        quality=fields.pop("quality", 0.8),
        calibration=TRUST.get(modality) if "distribution" in fields else None,
        provenance=Provenance(model=f"{modality} model", sha256="0" * 64),
        **fields,
    )


@pytest.fixture
def evidence() -> list[Evidence]:
    return [
        piece(
            "F1",
            "face",
            "The face looks happy (0.90).",
            distribution=mostly(happy=0.9),
            timeline=(Moment(span=WHOLE, distribution=mostly(happy=0.9)),),
        ),
        piece(
            "F2",
            "face",
            "Smiles from 0.8 s to 2.1 s, strongest at 1.4 s.",
            span=Span(start=0.8, end=2.1),
        ),
        piece("P1", "prosody", "The voice sounds sad (0.60).",
              distribution=mostly(sad=0.6), quality=0.6),
        piece(
            "P2",
            "prosody",
            "Pitch is low: 98 Hz on average, typical 110 to 220 Hz.",
            measurements={"pitch": Measurement(value=98, unit="Hz", low=110, high=220)},
        ),
        piece(
            "T1",
            "transcript",
            'The words are "I cannot stop crying". They read as sad (0.95).',
            distribution=mostly(sad=0.95),
            quality=0.9,
        ),
    ]  # fmt: skip


@pytest.fixture
def senses(evidence: list[Evidence]) -> tuple[PerceptionTool, ...]:
    """Plug-in senses that return that evidence, and look closer when asked."""

    def sense(modality: str, prefix: str) -> PerceptionTool:
        pieces = [e for e in evidence if e.modality == modality]

        def look(clip: Clip, span: Span, *, fine: bool = False) -> list[Evidence]:
            return [
                e.model_copy(update={"span": span}) for e in pieces[: 1 if fine else 9]
            ]

        look.__name__ = modality
        return perception_tool(
            modality=modality, prefix=prefix, calibration=TRUST[modality]
        )(look)

    return (sense("face", "F"), sense("prosody", "P"), sense("transcript", "T"))


@pytest.fixture
def run(senses: tuple[PerceptionTool, ...]) -> Callable[..., Verdict]:
    """Run the verdict graph: `run(model=None, tools=..., **context)`."""

    def judge(model: Any = None, tools: Any = None, **context: Any) -> Verdict:
        clip = Clip.open(np.zeros(64_000, np.float32))
        reasoner = Reasoner(model, "scripted") if model else None
        given = Context(clip=clip, tools=tools or senses, reasoner=reasoner, **context)
        compiled = builder.compile(checkpointer=open_saver(None))
        config: Any = {"configurable": {"thread_id": "t"}}
        result = compiled.invoke(
            {"clip": clip.info}, config, context=given, version="v2", durability="sync"
        )
        return result.value["verdict"]

    return judge


@pytest.fixture
def recorded(senses: tuple[PerceptionTool, ...]) -> Callable[..., RecordedRun]:
    """Record a run: `recorded(model=None, tools=None, folder=None, **context)`."""

    def record(
        model: Any = None, tools: Any = None, folder: Path | None = None, **context: Any
    ) -> RecordedRun:
        recorder = Recorder(folder)
        reasoner = None
        if model is not None:
            reasoner = Reasoner(model, "scripted", external_calls=recorder)
        given = Context(
            clip=Clip.open(np.zeros(64_000, np.float32)),
            tools=tools or senses,
            reasoner=reasoner,
            external_calls=recorder,
            **context,
        )
        verdict, _ = run_graph(given)
        recorder.close(given, verdict)
        assert recorder.run is not None
        return recorder.run

    return record
