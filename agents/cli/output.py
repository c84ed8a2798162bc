"""What commands print: results on standard output, everything else on the other."""

import sys
import warnings
from typing import TextIO

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from affectgraph.graphs.schema import Verdict
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.errors import AffectgraphWarning
from affectgraph.tools.io.terminal import Terminal

_BAR = 24
_CASES = 3


def complain(error: object) -> None:
    """One line about what is wrong, on standard error."""
    print(f"affectgraph: {' '.join(str(error).split())}", file=sys.stderr)


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Take the place of `warnings.showwarning`: one of ours is one line, no more."""
    if issubclass(category, AffectgraphWarning):
        complain(message)
    else:
        text = warnings.formatwarning(message, category, filename, lineno, line)
        print(text, end="", file=file or sys.stderr)


def say(text: str) -> None:
    """One line of a result, on standard output."""
    print(" ".join(text.splitlines()), flush=True)


def show(verdict: Verdict) -> None:
    """A verdict on one screen."""
    console = Terminal()
    console.print(Panel(_headline(verdict), title=Text(verdict.clip.name)))
    console.print(_senses(verdict))
    for conflict in verdict.conflict:
        (one, other), (this, that) = conflict.modalities, conflict.labels
        console.print(
            f"Conflict: {one} says {this}, {other} says {that} "
            f"(distance {conflict.amount:.2f})."
        )
    console.print(_checks(verdict))
    if verdict.cases:
        console.print(_cases(verdict))
        console.print(verdict.provenance.settings["memory"], style="dim")
    console.print()
    for claim in verdict.claims:
        console.print(signed(claim.supports, str(claim)), highlight=False)
    if not verdict.claims:
        console.print("No claim about it stands on the evidence.")
    console.print(f"\n{verdict.notice}", style="dim", highlight=False)


def signed(supports: bool | None, text: str) -> Text:
    """A line that speaks for the label, against it, or for neither."""
    signs = {True: ("+ ", "green"), False: ("- ", "red"), None: ("", "")}
    return Text.assemble(signs[supports], text)


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
        text.append("█" * round(share * _BAR) + "\n", style="cyan")
    fast = top_emotion(verdict.fast)
    if fast != ranked[0][0]:
        text.append(f"before the checks: {fast} {verdict.fast[fast]:.2f}\n")
    likely = ", ".join(verdict.prediction_set)
    text.append(f"likely one of: {likely}", style="dim")
    return text


def _senses(verdict: Verdict) -> Table:
    table = Table("sense", "says", "quality", "evidence", box=None, pad_edge=False)
    for modality, sensed in verdict.modalities.items():
        pieces = [p for p in verdict.evidence if p.modality == modality]
        if sensed.state != "present" or not pieces:
            table.add_row(modality, sensed.state, "", sensed.reason)
            continue
        first = pieces[0]
        says = ""
        if first.distribution is not None:
            label = top_emotion(first.distribution)
            says = f"{label} {first.distribution[label]:.2f}"
        observed = "\n".join(f"{p.id} {p.observation}" for p in pieces)
        table.add_row(modality, says, f"{first.quality:.2f}", observed)
    return table


def _checks(verdict: Verdict) -> Table:
    table = Table("check", "hypothesis", "result", "why", box=None, pad_edge=False)
    last = verdict.provenance.rounds
    for check in verdict.checks:
        if check.round == last or check.kind == "blind":
            table.add_row(check.kind, check.hypothesis, check.result, check.reason)
    return table


def _cases(verdict: Verdict) -> Table:
    """The cases that are most like the clip."""
    table = Table("case", "label", "alike", "labelled by", box=None, pad_edge=False)
    named = enumerate(verdict.cases, start=1)
    for number, one in sorted(named, key=lambda pair: -pair[1].similarity)[:_CASES]:
        by = one.case.annotator or one.case.source or "not said"
        alike = f"{one.similarity:.2f}"
        table.add_row(f"C{number}", one.case.label, alike, by)
    return table
