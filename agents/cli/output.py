"""What commands print: results on standard output, all else on standard error."""

import sys
from contextlib import redirect_stdout
from typing import Any

from rich.panel import Panel
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.runs import Event
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.errors import AffectgraphError
from affectgraph.tools.io import malloc
from affectgraph.tools.io.terminal import Terminal, live_display

_BAR_WIDTH = 24
_MAX_CASES = 3
# Of each sense, where a clip has utterances.
_MAX_PIECES = 3


def print_verdict(verdict: Verdict) -> None:
    """Print a verdict on one screen."""
    console = Terminal()
    if verdict.utterances:
        console.print(_utterances_table(verdict))
        console.print()
    console.print(Panel(_headline(verdict), title=Text(verdict.clip.name)))
    for claim in verdict.claims:
        console.print(sign_claim(claim.side, str(claim)), highlight=False)
    if not verdict.claims:
        console.print("No claim about it stands on the evidence.")
    console.print()
    console.print(_senses_table(verdict))
    for conflict in verdict.conflict:
        (first, second), labels = conflict.modalities, conflict.labels
        console.print(
            f"Conflict: {first} says {labels[0]}, {second} says {labels[1]} "
            f"(distance {conflict.amount:.2f})."
        )
    if len(verdict.contributions) > 1:
        console.print(_contributions_table(verdict))
    console.print(_checks_table(verdict))
    if verdict.cases:
        console.print(_cases_table(verdict))
        console.print(verdict.provenance.settings["memory"], style="dim")
    console.print(f"\n{verdict.notice}", style="dim", highlight=False)


def _utterances_table(verdict: Verdict) -> Table:
    table = Table("who", "from", "to", "expresses", "words", box=None, pad_edge=False)
    for utterance in verdict.utterances:
        label = utterance.label or f"perhaps {top_emotion(utterance.distribution)}"
        table.add_row(
            utterance.person or "-",
            f"{utterance.start:.1f}",
            f"{utterance.end:.1f} s",
            f"{label} {utterance.confidence:.2f}",
            Text(utterance.text),
        )
    return table


def sign_claim(side: str, text: str) -> Text:
    """A line with a sign: for the label, against it, or neither."""
    signs = {"for": ("+ ", "green"), "against": ("- ", "red"), "": ("", "")}
    return Text.assemble(signs[side], text)


def _headline(verdict: Verdict) -> Text:
    text = Text()
    if verdict.label is None:
        text.append("abstains", style="bold yellow")
        text.append(f": {verdict.abstention_reason}\n")
    else:
        text.append(verdict.label, style="bold green")
        words = [word for word in verdict.labels if word != verdict.label]
        text.append(f" ({', '.join(words)})" if words else "")
        text.append(f"  confidence {verdict.confidence:.2f}")
        text.append("  mixed\n" if verdict.mixed else "\n")
    ranked = sorted(verdict.distribution.items(), key=lambda item: -item[1])
    for emotion, share in ranked[:4]:
        text.append(f"{emotion:>9} {share:4.2f} ")
        text.append("█" * round(share * _BAR_WIDTH) + "\n", style="cyan")
    fast = top_emotion(verdict.fast)
    if fast != ranked[0][0]:
        text.append(f"before reasoning: {fast} {verdict.fast[fast]:.2f}\n")
    likely = ", ".join(verdict.prediction_set)
    text.append(f"likely one of: {likely}", style="dim")
    return text


def _senses_table(verdict: Verdict) -> Table:
    table = Table("sense", "says", "quality", "evidence", box=None, pad_edge=False)
    for modality, status in verdict.modalities.items():
        pieces = [p for p in verdict.evidence if p.modality == modality]
        if status.state != "present" or not pieces:
            table.add_row(modality, status.state, "", status.reason)
            continue
        first = pieces[0]
        says = ""
        if first.distribution is not None:
            label = top_emotion(first.distribution)
            says = f"{label} {first.distribution[label]:.2f}"
        shown = pieces[:_MAX_PIECES] if verdict.utterances else pieces
        observed = "\n".join(f"{p.id} {p.observation}" for p in shown)
        if more := len(pieces) - len(shown):
            observed += f"\nand {more} more: see --json"
        table.add_row(modality, says, f"{first.quality:.2f}", observed)
    return table


def _contributions_table(verdict: Verdict) -> Table:
    """What each expert adds to the leading label against its runner-up."""
    label = top_emotion(verdict.distribution)
    column = f"{label} against {verdict.runner_up}"
    table = Table("expert", column, "trust", box=None, pad_edge=False)
    for part in verdict.contributions:
        trust = f"{part.trust.value:.2f}"
        table.add_row(part.expert, f"{part.log_odds:+.2f}", trust)
    total = sum(part.log_odds for part in verdict.contributions)
    table.add_row("sum, in log-odds", f"{total:+.2f}", "")
    return table


def _checks_table(verdict: Verdict) -> Table:
    table = Table("check", "hypothesis", "result", "why", box=None, pad_edge=False)
    last_round = verdict.provenance.rounds
    for check in verdict.checks:
        if check.round == last_round:
            table.add_row(check.kind, check.hypothesis, check.result, check.reason)
    return table


def _cases_table(verdict: Verdict) -> Table:
    """The cases most similar to the clip."""
    table = Table("case", "label", "alike", "labelled by", box=None, pad_edge=False)
    numbered = enumerate(verdict.cases, start=1)
    by_similarity = sorted(numbered, key=lambda item: -item[1].similarity)
    for number, recalled in by_similarity[:_MAX_CASES]:
        case = recalled.case
        annotator = case.annotator or case.source or "not said"
        similarity = f"{recalled.similarity:.2f}"
        table.add_row(f"C{number}", case.label, similarity, annotator)
    return table


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
