"""What the page shows, as HTML: the sections of the report, and what is said here."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment

from affectgraph.agents.chat import Turn
from affectgraph.agents.report.sections import templates, told
from affectgraph.agents.web.clip_view import Stage
from affectgraph.graphs.schema import Verdict

_HERE = Path(__file__).parent


def head(purpose: str, conditions: Sequence[str], reasoner: str) -> str:
    """The name of the page, what it is for, and what that asks of the operator."""
    return _filled("head", purpose=purpose, conditions=conditions, reasoner=reasoner)


def glance(verdict: Verdict) -> str:
    """The answer."""
    return _filled("glance", **told(verdict, {}, with_clip=True))


def stage(stage: Stage, verdict: Verdict, key: str) -> str:
    """The clip, ready to be played, and the way to its report."""
    return _filled("stage", stage=stage, clip=verdict.clip, key=key)


def result(verdict: Verdict, stage: Stage) -> str:
    """Timeline, explanation, evidence, hypotheses, cases and distributions."""
    playable = stage.file is not None
    return _filled("result", **told(verdict, {}, with_clip=True, playable=playable))


def talk(turns: Sequence[Turn], verdict: Verdict) -> str:
    """What was said, the last first; the verdict itself is elsewhere."""
    known = {piece.id for piece in verdict.evidence}
    known |= {f"C{number}" for number in range(1, len(verdict.cases) + 1)}
    return _filled("talk", turns=[*reversed(turns)][:-1], known=known)


def working(step: str) -> str:
    """What is being done."""
    return _filled("status", text=step, problem=False)


def problem(text: str) -> str:
    """What is wrong, in one line."""
    return _filled("status", text=text, problem=True)


def ready(name: str) -> str:
    """An upload has arrived."""
    return _filled("status", text=f"{name} is here. Analyze it?", problem=False)


def frame() -> str:
    """Style and script for the head of the document."""
    return _filled("frame", script=(_HERE / "page.js").read_text(encoding="utf-8"))


@cache
def _templates() -> Environment:
    return templates()


def _filled(name: str, **what: object) -> str:
    return _templates().get_template(f"web/{name}.html").render(**what)
