"""`affectgraph analyze`: verdicts about clips."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.batch.sources import ClipSource, find_clips
from affectgraph.agents.batch.tasks import WorkerSettings
from affectgraph.agents.cli import case_memory, options
from affectgraph.agents.cli.analyze_many import BatchOptions, analyze_many
from affectgraph.agents.cli.messages import print_error, print_line
from affectgraph.agents.cli.output import Detail, print_notice, print_verdict
from affectgraph.agents.cli.progress import analyze_with_progress
from affectgraph.agents.governance.purpose import checked_purpose
from affectgraph.agents.report import write
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.utterances import FORMATS
from affectgraph.graphs.utterances.speakers import Speakers
from affectgraph.memory import database_from_env
from affectgraph.tools.clip import Clip
from affectgraph.tools.clip.language import AUTO, ENGLISH
from affectgraph.tools.clip.pipes import is_piped
from affectgraph.tools.errors import AffectgraphError, SettingError

Clips = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="CLIP...",
        help="Video, audio, image or .txt files, - for standard input; folders, "
        "manifests (.csv), patterns.",
    ),
]
ExplainIn = Annotated[
    str,
    typer.Option(
        metavar="LANGUAGE",
        help="Language of the explanation: a code, or clip for the clip's own.",
    ),
]
Speaker = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="CLIP",
        help="An earlier clip of the same person, as a baseline; may be repeated.",
    ),
]
Runs = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder of the runs with a thread.")
]
Record = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Record the run into this folder.")
]
Replay = Annotated[
    Path | None,
    typer.Option(
        metavar="RUN", help="Compute a recorded run again, without any model."
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        help="Also write a report into this folder; or the utterances into a file: "
        ".vtt, .srt, .rttm, .TextGrid, .eaf, .csv, .parquet or .json.",
    ),
]
Annotate = Annotated[
    bool,
    typer.Option("--annotate", help="With --out: a video with boxes and captions."),
]
Anonymize = Annotated[
    bool, typer.Option("--anonymize", help="With --out: blur every face.")
]


@dataclass(frozen=True)
class ReportOptions:
    """How results are shown and written."""

    json: options.Json = False
    verbose: options.Verbose = False
    quiet: options.Quiet = False
    out: Out = None
    annotate: Annotate = False
    anonymize: Anonymize = False

    def __post_init__(self) -> None:
        if self.out is None and (self.annotate or self.anonymize):
            raise SettingError("--annotate and --anonymize need --out: name a folder")
        if self.json + self.verbose + self.quiet > 1:
            raise SettingError("--json, --verbose, --quiet: choose one")

    @property
    def detail(self) -> Detail:
        """How much of a verdict is printed."""
        if self.quiet:
            return Detail.LINE
        return Detail.ALL if self.verbose else Detail.ANSWER

    def give_notice(self, verdict: Verdict | None) -> None:
        """Print the notice that verdicts come with; it is a part of the JSON."""
        if verdict is not None and not self.json and not self.quiet:
            print_notice(verdict)

    def give(self, verdict: Verdict, clip: Clip | None) -> None:
        """Print a verdict, and write its report if one is asked for."""
        if self.json:
            print(verdict.to_json(), flush=True)
        else:
            print_verdict(verdict, self.detail)
        for note in verdict.provenance.notes[: 1 if self.json else None]:
            print_error(note)
        if self.out is None:
            return
        if self.out.suffix.lower() in FORMATS:
            verdict.save(self.out)
            return
        folder = write(
            verdict, self.out, clip, annotate=self.annotate, anonymize=self.anonymize
        )
        if not self.json:
            print()
            print_line(f"Report: {folder / 'report.html'}")


People = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="How many people speak; the clip is cut into their utterances, as clips "
        "of more than 20 s are.",
    ),
]


Person = Annotated[
    str | None,
    typer.Option(metavar="A", help="Answer for this person alone, by letter or name."),
]
Who = Annotated[
    str | None,
    typer.Option(metavar="A=NAME,...", help="Names of the people; A speaks first."),
]


@dataclass(frozen=True)
class RunOptions:
    """How one clip is compared, cut, continued and recorded."""

    speaker: Speaker = None
    people: People = None
    person: Person = None
    who: Who = None
    thread: options.Thread = None
    runs: Runs = None
    record: Record = None

    @property
    def names(self) -> dict[str, str]:
        """Names of the people by letter."""
        return dict(_name_of(pair) for pair in (self.who or "").split(",") if pair)

    def check(self) -> None:
        """Raise SettingError where options are out of range or do not go together."""
        Speakers.of(self.people, self.names, self.person)
        if self.thread is None and self.runs is not None:
            raise SettingError("--runs needs --thread: name the run")
        if (
            self.thread is not None
            and self.runs is None
            and database_from_env() is None
        ):
            raise SettingError(
                "--thread needs --runs, or a database in AFFECTGRAPH_DATABASE"
            )


def _name_of(pair: str) -> tuple[str, str]:
    letter, equals, name = pair.partition("=")
    if not equals:
        raise SettingError(f"--who {pair}: write LETTER=NAME, as in A=Anna,B=Ben")
    return letter.strip(), name.strip()


@options.expand_options
def analyze(
    clips: Clips = None,
    *,
    text: options.Text = None,
    language: options.Language = AUTO,
    explain_in: ExplainIn = ENGLISH,
    replay: Replay = None,
    agent_options: options.AgentOptions,
    memory: options.Memory = None,
    audit: options.Audit = None,
    evidence: options.Evidence = None,
    report: ReportOptions,
    run: RunOptions,
    batch: BatchOptions,
) -> None:
    """Tell what emotion a person expresses in each clip, and why.

    Confidence is how often such an answer is right. The table shows how each sense
    reads the clip, with the probability it gives, and what it adds to the answer
    against the next one, in log-odds: 0 adds nothing, 1.1 makes it three times as
    likely. Trust, from 0 to 1, was measured on other clips.

    Example: affectgraph analyze interview.mp4 --out reports --annotate
    """
    if replay is not None:
        if clips or text is not None or run.record is not None or report.annotate:
            raise SettingError("--replay takes no clip, no --record and no --annotate")
        verdict = EmotionAgent.replay(replay)
        report.give(verdict, None)
        report.give_notice(verdict)
        return
    sources = _find_sources(clips, text, language, run)
    if batch.requested:
        _check_batch(sources, run, report)
        senses = agent_options.senses
        recipe = WorkerSettings(
            llm=agent_options.model,
            tools=None if senses is None else tuple(senses),
            memory=case_memory.existing_place(memory),
            purpose=checked_purpose(agent_options.purpose),
            audit=audit,
            evidence=evidence,
            explain_in=explain_in,
        )
        analyze_many(sources, recipe, batch, json=report.json, detail=report.detail)
        return
    agent = agent_options.create_agent(
        memory=case_memory.open_if_exists(memory),
        runs=run.runs,
        audit=audit,
        evidence=evidence,
    )
    _analyze_each(agent, sources, explain_in, run, report)


def _find_sources(
    clips: list[Path] | None, text: str | None, language: str, run: RunOptions
) -> list[ClipSource]:
    if not clips and text is None:
        raise SettingError("nothing to analyze: name a clip, or pass --text")
    sources = find_clips(clips or [], language) or [
        ClipSource(name="text", path=None, language=language)
    ]
    if len(sources) > 1 and (text is not None or run.thread is not None):
        raise SettingError("--text and --thread take one clip only")
    if text is not None:
        sources = [sources[0].model_copy(update={"text": text})]
    run.check()
    return sources


def _check_batch(
    sources: list[ClipSource], run: RunOptions, report: ReportOptions
) -> None:
    single = (
        run.speaker,
        run.people,
        run.person,
        run.who,
        report.out,
        run.thread,
        run.record,
    )
    if any(option not in (None, []) for option in single):
        raise SettingError(
            "--workers, --ray and --into do without --speaker, --people, --person, "
            "--who, --out, --thread and --record"
        )
    if any(source.path and is_piped(source.path) for source in sources):
        raise SettingError(
            "--workers, --ray and --into read a clip more than once: name files, "
            "not pipes or standard input"
        )


def _analyze_each(
    agent: EmotionAgent,
    sources: list[ClipSource],
    explain_in: str,
    run: RunOptions,
    report: ReportOptions,
) -> None:
    """Analyse clips one after another; a clip that fails does not stop the others."""
    speaker = agent.know(run.speaker) if run.speaker else None
    failed, verdict = False, None
    for source in sources:
        try:
            clip = source.open()
            verdict = analyze_with_progress(
                agent,
                clip,
                explain_in=explain_in,
                speaker=speaker,
                people=run.people,
                names=run.names,
                person=run.person,
                thread=run.thread,
                record=run.record,
            )
        except SettingError:
            raise
        except AffectgraphError as error:
            print_error(error)
            failed = True
        else:
            report.give(verdict, clip)
    report.give_notice(verdict)
    if failed:
        raise typer.Exit(1)
