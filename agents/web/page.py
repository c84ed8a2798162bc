"""The page: its components, and the handlers of their events."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from affectgraph.agents.governance.purpose import purpose_conditions
from affectgraph.agents.web import handlers, render
from affectgraph.agents.web.handlers import PageUpdate
from affectgraph.agents.web.visit import Visits
from affectgraph.tools.clip.language import AUTO
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import one_line
from affectgraph.tools.transcript.multilingual import LANGUAGES

_PEOPLE = [str(number) for number in range(1, 7)]
_FILE_TYPES = ["video", "audio", "image", ".mkv", ".txt"]
_NO_PROGRESS: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_ONE_AT_A_TIME = {**_NO_PROGRESS, "concurrency_id": "reasoning", "concurrency_limit": 1}


def build_page(visits: Visits, *, purpose: str, reasoner: str) -> Any:
    """Build the page as Gradio blocks; every browser page has its own visit.

    Args:
        visits: The visits, by page.
        purpose: Purpose of the verdicts.
        reasoner: Name of the language model; empty without one.
    """
    import gradio as gr

    with gr.Blocks(title="Affectgraph", analytics_enabled=False) as blocks:
        header = render.header(purpose, purpose_conditions(purpose), reasoner)
        parts = {"header": _html(header, "header")}
        parts |= _input_parts() | {"status": _html("", "status")}
        with gr.Row(visible=False, elem_id="workspace") as parts["workspace"]:
            with gr.Column(elem_id="side", min_width=320):
                parts |= _side_parts(remembers=visits.remembers)
            with gr.Column(elem_id="results", min_width=320):
                parts |= {"summary": _html("", "summary")}
                parts |= {"result": _html("", "result")}
        _connect_events(parts, visits)

        def end_visit(request: gr.Request) -> None:
            visits.end(str(request.session_hash))

        blocks.unload(end_visit)
    return blocks


def _input_parts() -> dict[str, Any]:
    """Components to choose, record or type a clip."""
    import gradio as gr

    with gr.Accordion("Your clip", elem_id="input") as input_panel:
        parts = _source_parts()
        words = gr.Textbox(
            label="Words",
            placeholder="What is said, if you know it; or a text alone",
            max_lines=5,
            elem_id="words",
        )
        with gr.Row(elem_id="options"):
            language = gr.Dropdown(
                [("Detect", AUTO), *sorted((n, c) for c, n in LANGUAGES.items())],
                value=AUTO,
                label="Language of the words",
                elem_id="language",
            )
            people = gr.Dropdown(
                [("Detect", AUTO), *((n, n) for n in _PEOPLE)],
                value=AUTO,
                label="People who speak",
                elem_id="people",
            )
        with gr.Row(elem_id="actions"):
            analyze = gr.Button("Analyze", variant="primary", elem_id="analyze")
            demo = gr.Button("Show the demo", elem_id="demo")
    return parts | {
        "input": input_panel,
        "words": words,
        "language": language,
        "people": people,
        "analyze": analyze,
        "demo": demo,
    }


def _source_parts() -> dict[str, Any]:
    """Components that a clip may come from."""
    import gradio as gr

    with gr.Tabs():
        with gr.Tab("File"):
            file = gr.File(
                show_label=False, file_types=_FILE_TYPES, height=150, elem_id="file"
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
    return {"file": file, "camera": camera, "microphone": microphone}


def _side_parts(*, remembers: bool) -> dict[str, Any]:
    """Components beside the verdict: clip, what-if switches, conversation."""
    import gradio as gr

    parts = {
        "clip_view": _html("", "clip_view"),
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
    return parts | {"conversation": _html("", "conversation")}


def _connect_events(parts: dict[str, Any], visits: Visits) -> None:
    """Connect each event to its handler."""
    waiting = json.dumps(render.progress("Waiting in the queue", 0.0))

    def on(
        event: Callable[..., Any],
        handler: Callable[..., Iterator[PageUpdate]],
        *inputs: str,
        settings: dict[str, Any] = _ONE_AT_A_TIME,
    ) -> None:
        if settings is _ONE_AT_A_TIME:
            event(None, None, parts["status"], js=f"() => {waiting}", **_NO_PROGRESS)
        event(
            _adapt(handler, parts, visits),
            [parts[name] for name in inputs],
            [*parts.values()],
            **settings,
        )

    for source in handlers.SOURCES:
        on(
            _upload_event(parts[source]),
            handlers.handle_upload,
            source,
            settings=_NO_PROGRESS,
        )
    on(parts["analyze"].click, handlers.handle_analyze, "words", "language", "people")
    on(parts["demo"].click, handlers.handle_demo)
    on(parts["senses"].input, handlers.handle_sense_switch, "senses")
    on(parts["question"].submit, handlers.handle_question, "question")
    on(parts["correct"].click, handlers.handle_correction, "label", "note")


def _upload_event(source: Any) -> Callable[..., Any]:
    """The event of a finished recording or a chosen file."""
    event: Callable[..., Any] = getattr(source, "stop_recording", source.upload)
    return event


def _adapt(
    handler: Callable[..., Iterator[PageUpdate]], parts: dict[str, Any], visits: Visits
) -> Callable[..., Any]:
    """Adapt a handler to Gradio; an error is one line on that page only."""
    import gradio as gr

    def handle(request: gr.Request, *values: Any) -> Iterator[dict[Any, Any]]:
        try:
            for update in handler(visits.of(str(request.session_hash)), *values):
                yield {parts[name]: gr.update(**new) for name, new in update.items()}
        except Exception as error:
            yield {parts["status"]: render.problem(one_line(error))}

    return handle


def _html(value: str, name: str) -> Any:
    import gradio as gr

    return gr.HTML(value, elem_id=name, apply_default_css=False, js_on_load=None)
