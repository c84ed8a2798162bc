"""`affectgraph live`: verdicts while somebody speaks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from affectgraph.agents.cli import options
from affectgraph.agents.cli.messages import print_error, print_line
from affectgraph.agents.live.sources import (
    camera,
    microphone,
    play_frames,
    play_sound,
)
from affectgraph.agents.live.update import LiveUpdate
from affectgraph.tools.clip import Clip

ClipFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="CLIP", help="A file, at its own speed, instead of the devices."
    ),
]
CameraNumber = Annotated[
    int, typer.Option("--camera", min=0, help="Number of the camera.")
]
NoCamera = Annotated[bool, typer.Option("--no-camera", help="Only listen.")]
Record = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Record the run of each utterance here."),
]


@options.expand_options
def live(
    clip: ClipFile = None,
    *,
    camera_number: CameraNumber = 0,
    no_camera: NoCamera = False,
    json: options.Json = False,
    record: Record = None,
    agent_options: options.AgentOptions,
) -> None:
    """Follow camera and microphone: an answer each second, one for each utterance.

    It ends with the file, or with Ctrl-C. Nothing is stored.

    Example: affectgraph live talk.mp4
    """
    agent = agent_options.create_agent()
    if clip is not None:
        opened = Clip.open(clip)
        agent.prepare(opened)
        updates = agent.live(play_frames(opened), play_sound(opened), record=record)
    else:
        frames = None if no_camera else camera(camera_number)
        updates = agent.live(frames, microphone(), record=record)
    _print_updates(updates, json=json)


def _print_updates(updates: Iterator[LiveUpdate], *, json: bool) -> None:
    dropped = 0.0
    for update in updates:
        if json:
            print(update.model_dump_json(), flush=True)
        else:
            print_line(update_line(update))
        if update.dropped_seconds > dropped:
            dropped = update.dropped_seconds
            print_error(f"too slow for this stream: {dropped:.0f} s of it were dropped")


def update_line(update: LiveUpdate) -> str:
    """An update as one line of text."""
    verdict = update.verdict
    answer = "nothing seen or heard"
    if verdict is not None and verdict.evidence:
        label = verdict.label or f"perhaps {' or '.join(verdict.prediction_set)}"
        answer = f"{label} ({verdict.confidence:.2f})"
    line = f"{update.start:6.1f} to {update.end:.1f} s  {update.state:<6}  {answer}"
    if update.latency is None:
        return line
    return f"{line}, {update.latency:.1f} s after it, {update.frames} frames"
