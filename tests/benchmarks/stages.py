"""The stages of a verdict, each by itself: run by `speed.py`."""

import sys
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from timed_stage import Stage, Work, report

SENSES = ("face", "prosody", "transcript")
WHOLE = "verdict, no language model"


def decode(clip: Path) -> Work:
    """What the senses ask of a clip: five pictures a second and all sound."""

    def work() -> None:
        from affectgraph.tools.clip import Clip

        opened = Clip.open(clip)
        opened.audio()
        for _ in opened.frames():
            pass

    return work


def perceiving(*names: str) -> Stage:
    """Senses, one after the other, on a clip that they share."""

    def stage(clip: Path) -> Work:
        return lambda: _perceived(clip, names)

    return stage


def fusion(clip: Path) -> Work:
    """The fast answer from evidence that is there."""
    from affectgraph.graphs.verdict.pooling import pool

    _, evidence = _perceived(clip, SENSES)
    return lambda: pool(evidence)


def recall(clip: Path) -> Work:
    """Cases like the clip, among those that come with the package."""
    from affectgraph.graphs.external_calls import RecallRequest
    from affectgraph.graphs.verdict.nodes.recall import search_memory
    from affectgraph.memory import Memory
    from affectgraph.memory.clip_vectors import clip_vectors
    from affectgraph.tools.emotions import BASIC_EMOTIONS

    opened, evidence = _perceived(clip, SENSES)
    vectors = clip_vectors(opened.artifacts, evidence)
    leading, *rivals = BASIC_EMOTIONS
    question = RecallRequest(
        vectors={}, leading=leading, rivals=tuple(rivals), exclude=(), k=3
    )
    memory = Memory()
    return lambda: search_memory(memory, vectors, question)


def graph(clip: Path) -> Work:
    """A whole verdict, but senses answer at once with what they saw before.

    What is left is ours: the graph, its checkpoints, fusion, recall, checks, claims.
    """
    from affectgraph.agents import EmotionAgent
    from affectgraph.graphs.external_calls import PerceptionRequest
    from affectgraph.graphs.replay.recording import Recorder
    from affectgraph.tools.clip import Clip

    class Known(Recorder):
        seen: dict[str, Any] = {}  # noqa: RUF012

        def answer(self, question: Any, ask: Any) -> Any:
            if not isinstance(question, PerceptionRequest):
                return ask()
            if question.key not in self.seen:
                self.seen[question.key] = ask()
            return self.seen[question.key]

        def close(self, *_: Any) -> None:
            """Nothing is written down."""

    agent, opened = EmotionAgent(llm=None), Clip.open(clip)
    agent.analyze(opened, record=Known())
    return lambda: agent.analyze(opened, record=Known())


@cache
def _agent(llm: str | None) -> Any:
    from affectgraph.agents import EmotionAgent

    return EmotionAgent(llm=llm)


def verdict(llm: str | None) -> Stage:
    """A whole verdict, from the file to the last claim."""

    def stage(clip: Path) -> Work:
        return lambda: _agent(llm).analyze(clip)

    return stage


def line_of_text(clip: Path) -> Work:
    """A verdict on a line of text; every line is another one."""
    numbers = count()
    return lambda: _agent(None).analyze(
        text=f"I never wanted any of this, number {next(numbers)}. Leave me alone!"
    )


def _perceived(clip: Path, names: tuple[str, ...]) -> tuple[Any, list[Any]]:
    from affectgraph.tools.clip import Clip
    from affectgraph.tools.registry import built_in_tools

    opened = Clip.open(clip)
    tools = [built_in_tools()[name] for name in names]
    return opened, [p for tool in tools for p in tool.perceive(opened, opened.span)]


STAGES: dict[str, Stage] = {
    "decoding": decode,
    **{name: perceiving(name) for name in SENSES},
    "three senses": perceiving(*SENSES),
    "fusion": fusion,
    "recall": recall,
    "graph, senses known before": graph,
    WHOLE: verdict(None),
    "a line of text": line_of_text,
}


class Reasoned(dict[str, Stage]):
    """The stages, and a verdict with any language model named."""

    def __missing__(self, name: str) -> Stage:
        return verdict(name.removeprefix("verdict, "))


if __name__ == "__main__":
    report(Reasoned(STAGES), sys.argv[1:])
