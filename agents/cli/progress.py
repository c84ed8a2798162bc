"""The line of progress while one clip is analysed."""

import sys
from contextlib import redirect_stdout
from typing import Any

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.runs import Event
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import AffectgraphError
from affectgraph.tools.io import malloc
from affectgraph.tools.io.terminal import Terminal, live_display


def analyze_with_progress(agent: EmotionAgent, clip: Clip, **arguments: Any) -> Verdict:
    """`EmotionAgent.analyze` with a line of progress; takes the same arguments."""
    console = Terminal(stderr=True)
    malloc.tune_for_duration(clip.span.seconds)
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    verdict = None
    with redirect_stdout(sys.stderr), live_display(progress):
        task = progress.add_task(clip.info.name)
        for step in agent.stream(clip, **arguments):
            if isinstance(step, Event):
                tool = step.detail.get("tool", "")
                description = f"{step.node} {tool} {step.event}"
                progress.update(task, description=description)
            else:
                verdict = step
    if verdict is None:
        raise AffectgraphError(f"{clip.info.name}: the run ended without a verdict")
    return verdict
