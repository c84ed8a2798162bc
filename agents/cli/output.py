"""What commands print of a verdict: on one line, on one screen, or all of it."""

from enum import Enum

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from affectgraph.graphs.claims.verify_decision import confidence_level
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.io.terminal import Terminal

_BAR_WIDTH = 24
_MAX_CASES = 3


class Detail(Enum):
    """How much of a verdict is printed."""

    LINE = "line"
    ANSWER = "answer"
    ALL = "all"


def print_verdict(verdict: Verdict, detail: Detail = Detail.ANSWER) -> None:
    """Print a verdict: one line, the answer with its argument, or everything."""
    console = Terminal()
    if detail is Detail.LINE:
        console.print(_line(verdict), highlight=False, soft_wrap=True)
        return
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
    if any(recalled.own for recalled in verdict.cases):
        console.print(verdict.provenance.settings["memory"], style="dim")
    if detail is Detail.ALL:
        _print_details(console, verdict)


def print_notice(verdict: Verdict) -> None:
    """Print what the law asks to be said; once, however many verdicts there are."""
    Terminal().print(f"\n{verdict.notice}", style="dim", highlight=False)


def sign_claim(side: str, text: str) -> Text:
    """A line with a sign: for the label, against it, or neither."""
    signs = {"for": ("+ ", "green"), "against": ("- ", "red"), "": ("", "")}
    return Text.assemble(signs[side], text)


def _answer(verdict: Verdict) -> str:
    """The label with its confidence, or the reason why there is none."""
    if verdict.label is None:
        return f"no label: {verdict.abstention_reason}"
    words = [word for word in verdict.labels if word != verdict.label]
    open_words = f" ({', '.join(words)})" if words else ""
    level = confidence_level(verdict.confidence)
    return f"{verdict.label}{open_words}, {level} confidence {verdict.confidence:.2f}"


def _line(verdict: Verdict) -> Text:
    likely = ", ".join(verdict.prediction_set)
    return Text(f"{verdict.clip.name}: {_answer(verdict)}; one of {likely}")


def _headline(verdict: Verdict) -> Text:
    style = "bold yellow" if verdict.label is None else "bold green"
    text = Text(_answer(verdict), style=style)
    likely = ", ".join(verdict.prediction_set)
    coverage = float(verdict.provenance.settings["coverage"])
    text.append(f"\n{coverage:.0%} of the time it is one of: {likely}", style="dim")
    return text


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


def _senses_table(verdict: Verdict) -> Table:
    """One line an expert: what it says, and what it adds to the answer."""
    label = top_emotion(verdict.distribution)
    added = {part.expert: part for part in verdict.contributions}
    several = len(added) > 1
    adds = f"{label} against {verdict.runner_up}" if several else ""
    table = Table("", "says", adds, "trust", box=None, pad_edge=False)
    for name in dict.fromkeys([*verdict.modalities, *added]):
        part = added.get(name)
        numbers = (f"{part.log_odds:+.2f}", f"{part.trust.value:.2f}") if part else ()
        table.add_row(name, _says(verdict, name), *(numbers if several else ()))
    if not several:
        table.columns = table.columns[:2]
    return table


def _says(verdict: Verdict, expert: str) -> str:
    """How an expert reads the clip, or why it does not."""
    status = verdict.modalities.get(expert)
    if status is not None and status.state != "present":
        return f"{status.state}: {status.reason}"
    votes = [
        piece.distribution
        for piece in verdict.evidence
        if piece.modality == expert and piece.distribution is not None
    ]
    if not votes:
        return ""
    label = top_emotion(votes[0])
    return f"{label} {votes[0][label]:.2f}"


def _print_details(console: Terminal, verdict: Verdict) -> None:
    """Print probabilities, evidence, conflicts, checks and cases."""
    console.print()
    console.print(_probabilities(verdict))
    console.print(_evidence_table(verdict))
    for conflict in verdict.conflict:
        (first, second), labels = conflict.modalities, conflict.labels
        console.print(
            f"Conflict: {first} says {labels[0]}, {second} says {labels[1]} "
            f"(distance {conflict.amount:.2f})."
        )
    console.print(_checks_table(verdict))
    if verdict.cases:
        console.print(_cases_table(verdict))


def _probabilities(verdict: Verdict) -> Text:
    text = Text()
    ranked = sorted(verdict.distribution.items(), key=lambda item: -item[1])
    for emotion, share in ranked:
        text.append(f"{emotion:>9} {share:4.2f} ")
        text.append("█" * round(share * _BAR_WIDTH) + "\n", style="cyan")
    fast = top_emotion(verdict.fast)
    if fast != ranked[0][0]:
        text.append(f"before reasoning: {fast} {verdict.fast[fast]:.2f}\n")
    if verdict.mixed:
        text.append("more than one emotion may be expressed\n")
    return text


def _evidence_table(verdict: Verdict) -> Table:
    table = Table("sense", "quality", "evidence", box=None, pad_edge=False)
    for modality in verdict.modalities:
        pieces = [p for p in verdict.evidence if p.modality == modality]
        if pieces:
            quality = f"{pieces[0].quality:.2f}"
            table.add_row(modality, quality, "\n".join(map(_observation, pieces)))
    return table


def _observation(piece: Evidence) -> str:
    return f"{piece.id} {piece.observation}"


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
