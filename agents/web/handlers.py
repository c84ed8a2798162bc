"""Event handlers of the page: each yields the updates that follow from an event."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from affectgraph.agents.web import render
from affectgraph.agents.web.steps import Step
from affectgraph.agents.web.visit import Visit
from affectgraph.tools.clip.language import AUTO
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line

# Properties of page components, by component name.
PageUpdate = dict[str, dict[str, Any]]

# Components that a clip may come from.
SOURCES = ("file", "camera", "microphone")


def handle_upload(visit: Visit, upload: str | None) -> Iterator[PageUpdate]:
    """Take a chosen file or a finished recording."""
    if upload is not None:
        name = visit.take(Path(upload))
        cleared: PageUpdate = {source: {"value": None} for source in SOURCES}
        yield {**cleared, "status": _value(render.upload_ready(name))}


def handle_analyze(
    visit: Visit, words: str | None, language: str, people: str = AUTO
) -> Iterator[PageUpdate]:
    """Analyse the uploaded clip or the words; `people` is a number or `auto`."""
    if people != AUTO and not people.isdecimal():
        raise SettingError(f"people: {people!r} is no number")
    number = None if people == AUTO else int(people)
    yield from _show_analysis(visit, visit.analyze(words or "", language, number))


def handle_demo(visit: Visit) -> Iterator[PageUpdate]:
    """Analyse the clip of the demo."""
    yield from _show_analysis(visit, visit.analyze(demo=True))


def handle_sense_switch(visit: Visit, senses: list[str]) -> Iterator[PageUpdate]:
    """Compute the verdict again with these senses only."""
    try:
        visit.switch(senses)
    except AffectgraphError as error:
        problem = render.problem(one_line(error))
        yield {**_show_state(visit), "status": _value(problem)}
    else:
        yield _show_state(visit)


def handle_question(visit: Visit, line: str) -> Iterator[PageUpdate]:
    """Answer a question or run a command."""
    visit.say(line)
    yield {**_show_state(visit), "question": _value("")}


def handle_correction(
    visit: Visit, label: str | None, note: str | None
) -> Iterator[PageUpdate]:
    """Store the right label."""
    if label is None:
        raise SettingError("name the right label first")
    answer = visit.say(f"/correct {label} {note or ''}").answer
    text = answer.lines[0].text
    status = render.problem(text) if answer.problem else render.progress(text)
    yield {**_show_state(visit), "status": _value(status)}


def _show_analysis(visit: Visit, steps: Iterator[Step]) -> Iterator[PageUpdate]:
    for step in steps:
        yield {"status": _value(render.progress(step.text, step.share))}
    clip_view = render.clip_view(visit.clip_view, visit.verdict, visit.key)
    yield {
        **_show_state(visit),
        "clip_view": _value(clip_view),
        "input": {"open": False, "label": "Another clip"},
        "workspace": {"visible": True},
    }


def _show_state(visit: Visit) -> PageUpdate:
    """Everything on the page that depends on the evidence."""
    recorded, active = visit.senses
    verdict = visit.verdict
    turns = visit.session.history()
    return {
        "status": _value(""),
        "summary": _value(render.summary(verdict)),
        "senses": {"choices": recorded, "value": active},
        "conversation": _value(render.conversation(turns, verdict)),
        "result": _value(render.result(verdict, visit.clip_view)),
    }


def _value(value: str) -> dict[str, Any]:
    return {"value": value}
