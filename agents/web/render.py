"""HTML of the page: sections of the report, the clip, and the conversation."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment

from affectgraph.agents.chat import ChatTurn
from affectgraph.agents.report.sections import create_environment, section_context
from affectgraph.agents.web.clip_view import ClipView
from affectgraph.graphs.schema import Verdict

_SCRIPT = Path(__file__).parent / "page.js"


def header(purpose: str, conditions: Sequence[str], reasoner: str) -> str:
    """Title of the page, purpose, and the conditions for the operator."""
    return _render("header", purpose=purpose, conditions=conditions, reasoner=reasoner)


def summary(verdict: Verdict) -> str:
    """The label, how sure it is, and the argument for it."""
    return _render("summary", **section_context(verdict, {}, with_clip=True))


def clip_view(view: ClipView, verdict: Verdict, key: str) -> str:
    """The clip, ready to play, and a link to its report."""
    return _render("clip_view", view=view, clip=verdict.clip, key=key)


def result(verdict: Verdict, view: ClipView) -> str:
    """Utterances, timeline and senses; evidence, hypotheses and cases, folded."""
    playable = view.file is not None
    context = section_context(verdict, {}, with_clip=True, playable=playable)
    return _render("result", **context)


def conversation(turns: Sequence[ChatTurn], verdict: Verdict) -> str:
    """Questions and answers, latest first, without the verdict of the first turn."""
    known = {piece.id for piece in verdict.evidence}
    known |= {f"C{number}" for number in range(1, len(verdict.cases) + 1)}
    return _render("conversation", turns=[*reversed(turns)][:-1], known=known)


def progress(text: str, share: float | None = None) -> str:
    """What is being done.

    Args:
        text: The step.
        share: How much is done, in [0, 1], as a bar; 0 if that is unknown. None for
            what is no work.
    """
    return _render("status", text=text, problem=False, share=share)


def problem(text: str) -> str:
    """An error, in one line."""
    return _render("status", text=text, problem=True, share=None)


def upload_ready(name: str) -> str:
    """An upload has arrived."""
    return progress(f"{name} is here. Analyze it?")


def document_head() -> str:
    """Style and script for the head of the document."""
    return _render("document_head", script=_SCRIPT.read_text(encoding="utf-8"))


@cache
def _environment() -> Environment:
    return create_environment()


def _render(template: str, **context: object) -> str:
    return _environment().get_template(f"web/{template}.html").render(**context)
