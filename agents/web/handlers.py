"""What happens when the page is touched: from a visit to what changes on the page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectgraph.agents.web import render
from affectgraph.agents.web.visit import Visit
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line

# Name of a part of the page to the properties that it gets.
Change = dict[str, dict[str, Any]]

# Parts that a clip may come from.
SOURCES = ("file", "camera", "microphone")


def take(visit: Visit, upload: str | None) -> Iterator[Change]:
    """A file has been chosen, or a recording has ended."""
    if upload is not None:
        name = visit.take(Path(upload))
        emptied: Change = {source: {"value": None} for source in SOURCES}
        yield {**emptied, "status": _value(render.ready(name))}


def analyze(visit: Visit, words: str | None) -> Iterator[Change]:
    """Analyse what was given."""
    yield from _watched(visit, visit.analyze(words or ""))


def demonstrate(visit: Visit) -> Iterator[Change]:
    """Analyse the demo's clip."""
    yield from _watched(visit, visit.analyze(demo=True))


def switch(visit: Visit, kept: list[str]) -> Iterator[Change]:
    """A sense was switched off, or on again."""
    try:
        visit.switch(kept)
    except AffectgraphError as error:
        yield {**_now(visit), "status": _value(render.problem(one_line(error)))}
    else:
        yield _now(visit)


def say(visit: Visit, line: str) -> Iterator[Change]:
    """A question was asked, or a command given."""
    visit.say(line)
    yield {**_now(visit), "question": _value("")}


def correct(visit: Visit, label: str | None, note: str | None) -> Iterator[Change]:
    """The label was corrected."""
    if label is None:
        raise SettingError("name the right label first")
    turn = visit.say(f"/correct {label} {note or ''}")
    told = turn.answer.lines[0].text
    status = render.problem(told) if turn.answer.problem else render.working(told)
    yield {**_now(visit), "status": _value(status)}


def _watched(visit: Visit, steps: Iterator[str]) -> Iterator[Change]:
    for step in steps:
        yield {"status": _value(render.working(step))}
    yield {
        **_now(visit),
        "stage": _value(render.stage(visit.stage, visit.verdict, visit.key)),
        "giving": {"open": False, "label": "Another clip"},
        "room": {"visible": True},
    }


def _now(visit: Visit) -> Change:
    """Everything that follows from the evidence, as it is now."""
    told, kept = visit.senses
    verdict = visit.verdict
    return {
        "status": _value(""),
        "glance": _value(render.glance(verdict)),
        "senses": {"choices": told, "value": kept},
        "talk": _value(render.talk(visit.session.history(), verdict)),
        "result": _value(render.result(verdict, visit.stage)),
    }


def _value(value: str) -> dict[str, Any]:
    return {"value": value}
