"""The page: what stands where, and which act answers a touch."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from affectgraph.agents.governance.purpose import purpose_conditions
from affectgraph.agents.web import handlers, render
from affectgraph.agents.web.handlers import Change
from affectgraph.agents.web.visits import Visits
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import one_line

_KINDS = ["video", "audio", "image", ".mkv", ".txt"]
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_REASONING = {**_QUIET, "concurrency_id": "reasoning", "concurrency_limit": 1}


def page(visits: Visits, *, purpose: str, reasoner: str) -> Any:
    """The page as Gradio's blocks; one for all browsers, each with a visit of its own.

    Args:
        visits: The visits, by page.
        purpose: What verdicts are for.
        reasoner: Name of the language model; empty without one.
    """
    import gradio as gr

    with gr.Blocks(title="Affectgraph", analytics_enabled=False) as blocks:
        head = render.head(purpose, purpose_conditions(purpose), reasoner)
        parts = {"head": _html(head, "head")}
        parts |= _giving() | {"status": _html("", "status")}
        with gr.Row(visible=False, elem_id="room") as parts["room"]:
            with gr.Column(elem_id="side", min_width=320):
                parts |= _side(remembers=visits.remembers)
            with gr.Column(elem_id="told", min_width=320):
                parts |= {"glance": _html("", "glance"), "result": _html("", "result")}
        _wire(parts, visits)

        def ended(request: gr.Request) -> None:
            visits.end(str(request.session_hash))

        blocks.unload(ended)
    return blocks


def _giving() -> dict[str, Any]:
    """Where a clip is chosen, recorded or typed."""
    import gradio as gr

    with gr.Accordion("Your clip", elem_id="giving") as giving:
        with gr.Tabs():
            with gr.Tab("File"):
                file = gr.File(
                    show_label=False, file_types=_KINDS, height=150, elem_id="file"
                )
            with gr.Tab("Camera"):
                camera = gr.Video(
                    show_label=False,
                    sources=["webcam"],
                    webcam_options=gr.WebcamOptions(mirror=False),
                    include_audio=True,
                    height=280,
                    elem_id="camera",
                )
            with gr.Tab("Microphone"):
                microphone = gr.Audio(
                    show_label=False,
                    sources=["microphone"],
                    type="filepath",
                    elem_id="microphone",
                )
        words = gr.Textbox(
            label="Words",
            placeholder="What is said, if you know it; or a text alone",
            max_lines=5,
            elem_id="words",
        )
        with gr.Row(elem_id="begin"):
            analyze = gr.Button("Analyze", variant="primary", elem_id="analyze")
            demo = gr.Button("Show the demo", elem_id="demo")
    return {
        "giving": giving,
        "file": file,
        "camera": camera,
        "microphone": microphone,
        "words": words,
        "analyze": analyze,
        "demo": demo,
    }


def _side(*, remembers: bool) -> dict[str, Any]:
    """Beside the verdict: the clip, what-if switches, the conversation."""
    import gradio as gr

    parts = {
        "stage": _html("", "stage"),
        "senses": gr.CheckboxGroup(label="What if a sense were off?", elem_id="senses"),
        "question": gr.Textbox(
            label="Ask about it",
            placeholder="Why not angry? /help",
            max_lines=3,
            submit_btn="Ask",
            elem_id="question",
        ),
    }
    with gr.Accordion(
        "Correct the label", open=False, visible=remembers, elem_id="correction"
    ):
        parts |= {
            "label": gr.Radio([*BASIC_EMOTIONS], label="It is", elem_id="label"),
            "note": gr.Textbox(label="Because", max_lines=3, elem_id="note"),
            "correct": gr.Button("Remember this", elem_id="correct"),
        }
    return parts | {"talk": _html("", "talk")}


def _wire(parts: dict[str, Any], visits: Visits) -> None:
    """Which act answers what, and how."""
    waiting = json.dumps(render.working("Waiting for its turn"))

    def on(
        event: Callable[..., Any],
        act: Callable[..., Iterator[Change]],
        *given: str,
        how: dict[str, Any] = _REASONING,
    ) -> None:
        if how is _REASONING:
            event(None, None, parts["status"], js=f"() => {waiting}", **_QUIET)
        event(
            _acting(act, parts, visits),
            [parts[name] for name in given],
            [*parts.values()],
            **how,
        )

    for source in handlers.SOURCES:
        on(_arrived(parts[source]), handlers.take, source, how=_QUIET)
    on(parts["analyze"].click, handlers.analyze, "words")
    on(parts["demo"].click, handlers.demonstrate)
    on(parts["senses"].input, handlers.switch, "senses")
    on(parts["question"].submit, handlers.say, "question")
    on(parts["correct"].click, handlers.correct, "label", "note")


def _arrived(source: Any) -> Callable[..., Any]:
    """The event that there is something in a source: recorded, or chosen."""
    event: Callable[..., Any] = getattr(source, "stop_recording", source.upload)
    return event


def _acting(
    act: Callable[..., Iterator[Change]], parts: dict[str, Any], visits: Visits
) -> Callable[..., Any]:
    """An act as Gradio calls it; what is wrong is one line on that page alone."""
    import gradio as gr

    def acting(request: gr.Request, *given: Any) -> Iterator[dict[Any, Any]]:
        try:
            for change in act(visits.of(str(request.session_hash)), *given):
                yield {parts[name]: gr.update(**new) for name, new in change.items()}
        except Exception as error:
            yield {parts["status"]: render.problem(one_line(error))}

    return acting


def _html(value: str, name: str) -> Any:
    import gradio as gr

    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=None)
