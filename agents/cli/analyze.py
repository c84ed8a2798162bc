"""`affectgraph analyze`: verdicts about clips."""

import sys
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.batch.sources import Source, found
from affectgraph.agents.batch.tasks import Recipe
from affectgraph.agents.cli import options
from affectgraph.agents.cli.analyze_many import many
from affectgraph.agents.cli.output import complain, say, show
from affectgraph.agents.events import Event
from affectgraph.agents.governance.purpose import declared
from affectgraph.agents.report import write
from affectgraph.graphs.schema import Verdict
from affectgraph.memory import database_from_env
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.clip.pipes import is_piped
from affectgraph.tools.errors import AffectgraphError, SettingError
from affectgraph.tools.io import malloc
from affectgraph.tools.io.terminal import Terminal, live

Clips = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="CLIP...",
        help="Video, audio, image or .txt files, - for standard input; folders, "
        "manifests (.csv), patterns.",
    ),
]
Text = Annotated[
    str | None, typer.Option("--text", help="The words, instead of recognising them.")
]
Language = Annotated[
    str,
    typer.Option(
        "--language", help="What is spoken, such as de; translated if not English."
    ),
]
ExplainIn = Annotated[
    str,
    typer.Option(
        "--explain-in",
        metavar="LANGUAGE",
        help="Language of the explanation: a code, or clip for the clip's own.",
    ),
]
Earlier = Annotated[
    list[Path] | None,
    typer.Option(
        "--speaker",
        metavar="CLIP",
        help="An earlier clip of the same person, to compare with; repeat it.",
    ),
]
Thread = Annotated[
    str | None,
    typer.Option("--thread", help="Keep the run under this name; take it up again."),
]
Runs = Annotated[
    Path | None,
    typer.Option("--runs", metavar="DIR", help="Folder for runs that have a thread."),
]
Record = Annotated[
    Path | None,
    typer.Option("--record", metavar="DIR", help="Record the run into this folder."),
]
Replay = Annotated[
    Path | None,
    typer.Option(
        "--replay", metavar="RUN", help="Compute a recorded run again; no model runs."
    ),
]
Annotate = Annotated[
    bool, typer.Option("--annotate", help="With --out: a film with boxes and captions.")
]
Anonymize = Annotated[
    bool, typer.Option("--anonymize", help="With --out: blur every face in it.")
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Share the clips out among so many."),
]
Ray = Annotated[
    str | None,
    typer.Option("--ray", metavar="ADDRESS", help="... of this Ray cluster."),
]
Into = Annotated[
    Path | None,
    typer.Option(
        "--into",
        metavar="FILE",
        help="Add results to this .jsonl or .parquet; what it has is not done again.",
    ),
]


def analyze(
    clips: Clips = None,
    text: Text = None,
    language: Language = ENGLISH,
    explain_in: ExplainIn = ENGLISH,
    speaker: Earlier = None,
    tools: options.Tools = None,
    llm: options.Llm = options.DEFAULT_LLM,
    no_llm: options.NoLlm = False,
    memory: options.Memory = None,
    json: options.Json = False,
    out: options.Out = None,
    annotate: Annotate = False,
    anonymize: Anonymize = False,
    thread: Thread = None,
    runs: Runs = None,
    record: Record = None,
    replay: Replay = None,
    workers: Workers = None,
    ray: Ray = None,
    into: Into = None,
    purpose: options.Purpose = None,
    audit: options.Audit = None,
    evidence: options.Evidence = None,
) -> None:
    """Tell what emotion a person expresses in each clip, and why.

    Example: affectgraph analyze interview.mp4 --out reports --annotate
    """
    if out is None and (annotate or anonymize):
        raise SettingError("--annotate and --anonymize need --out: name a folder")
    give = partial(_give, json=json, out=out, annotate=annotate, anonymize=anonymize)
    if replay is not None:
        if clips or text is not None or record is not None or annotate:
            raise SettingError(
                "--replay goes with no clip, and is not recorded nor annotated"
            )
        give(EmotionAgent.replay(replay), None)
        return
    if not clips and text is None:
        raise SettingError("nothing to analyze: name a clip, or pass --text")
    sources = found(clips or [], language) or [
        Source(name="text", path=None, language=language)
    ]
    if len(sources) > 1 and (text is not None or thread is not None):
        raise SettingError("--text and --thread go with one clip only")
    if text is not None:
        sources = [sources[0].model_copy(update={"text": text})]
    if thread is None and runs is not None:
        raise SettingError("--runs goes with --thread: name the run")
    if thread is not None and runs is None and database_from_env() is None:
        raise SettingError(
            "--thread needs --runs, or a database in AFFECTGRAPH_DATABASE"
        )
    if workers or ray is not None or into is not None:
        if speaker or out is not None or thread is not None or record is not None:
            raise SettingError(
                "--workers, --ray and --into do without --speaker, --out, --thread "
                "and --record"
            )
        if any(source.path and is_piped(source.path) for source in sources):
            raise SettingError(
                "--workers, --ray and --into read a clip more than once: name files, "
                "not pipes or standard input"
            )
        senses = options.names(tools)
        recipe = Recipe(
            llm=None if no_llm else llm,
            tools=None if senses is None else tuple(senses),
            memory=options.begun(memory),
            purpose=declared(purpose),
            audit=audit,
            evidence=evidence,
            explain_in=explain_in,
        )
        many(sources, recipe, workers=workers, ray=ray, into=into, json=json)
        return
    agent = EmotionAgent(
        llm=None if no_llm else llm,
        tools=options.names(tools),
        memory=options.opened(memory),
        runs=runs,
        purpose=purpose,
        audit=audit,
        evidence=evidence,
        progress=True,
    )
    how = {
        "explain_in": explain_in,
        "speaker": agent.know(speaker) if speaker else None,
        "thread": thread,
        "record": record,
    }
    failed = False
    for source in sources:
        try:
            clip = source.open()
            verdict = watched(agent, clip, **how)
        except SettingError:
            raise
        except AffectgraphError as error:
            complain(error)
            failed = True
            continue
        give(verdict, clip)
    if failed:
        raise typer.Exit(1)


def _give(
    verdict: Verdict,
    clip: Clip | None,
    *,
    json: bool,
    out: Path | None,
    annotate: bool,
    anonymize: bool,
) -> None:
    print(verdict.to_json(), flush=True) if json else show(verdict)
    for note in verdict.provenance.notes[: 1 if json else None]:
        complain(note)
    if out is None:
        return
    folder = write(verdict, out, clip, annotate=annotate, anonymize=anonymize)
    if not json:
        print()
        say(f"Report: {folder / 'report.html'}")


def watched(agent: EmotionAgent, clip: Clip, **how: Any) -> Verdict:
    """Analyse with a line on standard error that says what is being done."""
    console = Terminal(stderr=True)
    malloc.tune_for_duration(clip.span.seconds)
    with (
        redirect_stdout(sys.stderr),
        live(
            Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                TimeElapsedColumn(),
                console=console,
                transient=True,
                disable=not console.is_terminal,
            )
        ) as line,
    ):
        task = line.add_task(clip.info.name)
        verdict = None
        for step in agent.stream(clip, **how):
            if isinstance(step, Event):
                what = step.detail.get("tool", "")
                line.update(task, description=f"{step.node} {what} {step.event}")
            else:
                verdict = step
    if verdict is None:
        raise AffectgraphError(f"{clip.info.name}: the run ended without a verdict")
    return verdict
