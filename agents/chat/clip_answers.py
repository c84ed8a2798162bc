"""Answers about the clip: in short, when, by which words, by whom, meant how."""

from collections import Counter

from affectgraph.agents.chat.answer_lines import contribution_texts, describe_label
from affectgraph.agents.chat.context import ChatContext
from affectgraph.agents.chat.messages import AnswerLine
from affectgraph.agents.chat.question_parser import ParsedQuestion
from affectgraph.graphs.schema import Verdict
from affectgraph.graphs.utterances.utterance import Utterance
from affectgraph.graphs.verdict.claim_facts import facts_of
from affectgraph.tools.emotions import top_emotion

_MAX_UTTERANCES = 4
_IRONY = "probability of irony"
_WITHOUT = "probability of {} without"


def summarize(context: ChatContext, question: ParsedQuestion) -> list[AnswerLine]:
    """The label, what it may be instead, and the first claims about it."""
    verdict = context.verdict
    likely = ", ".join(verdict.prediction_set)
    label = describe_label(verdict)
    first = f"{label[0].upper()}{label[1:]}; likely one of {likely}."
    claims = [
        AnswerLine(text=claim.text, cites=claim.cites, side=claim.side)
        for claim in verdict.claims
        if claim.side
    ]
    return [AnswerLine(text=first), *claims[:2]]


def compare_labels(context: ChatContext, question: ParsedQuestion) -> list[AnswerLine]:
    """Two emotions: how probable they are, and what each expert adds to one of them."""
    verdict = context.verdict
    facts = facts_of(verdict)
    named = dict.fromkeys((*question.labels, facts.leading, facts.runner_up))
    first, second, *_ = named
    shares = verdict.distribution
    ahead, behind = sorted((first, second), key=lambda label: -shares[label])
    text = f"{ahead.capitalize()} ({shares[ahead]:.2f}) is ahead of {behind} "
    text += f"({shares[behind]:.2f})."
    return [
        AnswerLine(text=text),
        *map(_line, contribution_texts(facts, ahead, behind)),
    ]


def tell_when(context: ChatContext, question: ParsedQuestion) -> list[AnswerLine]:
    """Where in the clip each sense sees or hears an emotion most."""
    verdict = context.verdict
    if not verdict.clip.seconds:
        return [AnswerLine(text="It has no time: it is no film and no recording.")]
    label = question.label or top_emotion(verdict.distribution)
    if verdict.utterances:
        expressing = [u for u in verdict.utterances if u.label == label]
        return [
            *map(_utterance_line, expressing[:_MAX_UTTERANCES]),
            *_none(expressing, f"No utterance is labelled {label}."),
        ]
    lines = []
    for modality in verdict.modalities:
        rows = [row for row in verdict.timeline if row.modality == modality]
        if rows and question.sense in (None, modality):
            best = max(rows, key=lambda row: row.distribution[label])
            text = f"{modality.capitalize()}: most {label} at {best.span} "
            text += f"({best.distribution[label]:.2f})."
            cites = [p.id for p in verdict.evidence if p.modality == modality][:1]
            lines.append(AnswerLine(text=text, cites=tuple(cites)))
    return lines or [AnswerLine(text="No sense followed it through time.")]


def list_words(context: ChatContext, question: ParsedQuestion) -> list[AnswerLine]:
    """The words without which the reading would be another one."""
    verdict = context.verdict
    status = verdict.modalities.get("transcript")
    if status is None or status.state != "present":
        reason = status.reason if status else "this run has no sense for words"
        return [AnswerLine(text=f"No words were read: {reason}.")]
    labels = question.labels or tuple(verdict.distribution)
    wanted = {_WITHOUT.format(label) for label in labels}
    decisive = [p for p in verdict.evidence if wanted & {*p.measurements}]
    lines = [AnswerLine(text=p.observation, cites=(p.id,)) for p in decisive]
    first = [p for p in verdict.evidence if p.modality == "transcript"][:1]
    none = "No word alone decides how the words read."
    return lines or [
        AnswerLine(text=none),
        *(AnswerLine(text=p.observation, cites=(p.id,)) for p in first),
    ]


def describe_people(context: ChatContext, question: ParsedQuestion) -> list[AnswerLine]:
    """Who speaks, how long, and what each person mostly expresses."""
    utterances = context.verdict.utterances
    if not utterances:
        text = (
            "The clip was taken as one person; --people N, or more than 20 s of "
            "speech, tells people apart."
        )
        return [AnswerLine(text=text)]
    if question.span is not None:
        at = [u for u in utterances if u.start <= question.span.end]
        at = [u for u in at if u.end >= question.span.start]
        return [*map(_utterance_line, at), *_none(at, "Nobody speaks then.")]
    people = sorted({u.person for u in utterances if u.person})
    wanted = [question.person] if question.person in people else people
    lines = [_person_line(utterances, name) for name in wanted]
    if question.label:
        expressing = [u for u in utterances if u.label == question.label]
        lines = [_utterance_line(u) for u in expressing[:_MAX_UTTERANCES]]
        lines += _none(expressing, f"No utterance is labelled {question.label}.")
    return lines


def tell_irony(context: ChatContext, question: ParsedQuestion) -> list[AnswerLine]:
    """Whether the words are likely meant otherwise than they say."""
    verdict = context.verdict
    status = verdict.modalities.get("transcript")
    if status is None or status.state != "present":
        return [AnswerLine(text="No words were read, so irony cannot be judged.")]
    ironic = [p for p in verdict.evidence if _IRONY in p.measurements]
    lines = [AnswerLine(text=p.observation, cites=(p.id,)) for p in ironic]
    none = (
        "Nothing points to irony; it is looked for in English words and the lines "
        "before them, and is easily missed."
    )
    return lines or [AnswerLine(text=none)]


def tell_how_to_play(
    context: ChatContext, question: ParsedQuestion
) -> list[AnswerLine]:
    """Where the clip can be played, and what is said and seen at that time."""
    text = (
        "A terminal cannot play it; in the report (analyze CLIP --out DIR) and on the "
        "page (affectgraph web) each citation plays its moment."
    )
    when = tell_when(context, question) if question.label else []
    return [AnswerLine(text=text), *when]


def _person_line(utterances: tuple[Utterance, ...], name: str) -> AnswerLine:
    own = [u for u in utterances if u.person == name]
    seconds = sum(u.end - u.start for u in own)
    labels = Counter(u.label or "unclear" for u in own)
    mostly = ", ".join(f"{label} {count}" for label, count in labels.most_common(3))
    return AnswerLine(
        text=f"{name} speaks {seconds:.1f} s in {len(own)} utterances: {mostly}."
    )


def _utterance_line(utterance: Utterance) -> AnswerLine:
    who = utterance.person or "Somebody"
    label = utterance.label or f"perhaps {top_emotion(utterance.distribution)}"
    text = f"{who}, {utterance.start:.1f} to {utterance.end:.1f} s: {label} "
    text += f"({utterance.confidence:.2f})"
    text += f': "{utterance.text}"' if utterance.text else "."
    return AnswerLine(text=text, cites=utterance.evidence[:2])


def _none(found: list[Utterance], text: str) -> list[AnswerLine]:
    return [] if found else [AnswerLine(text=text)]


def _line(text: str) -> AnswerLine:
    return AnswerLine(text=text)


def senses_present(verdict: Verdict) -> list[str]:
    """Modalities of the senses that say something."""
    return [m for m, status in verdict.modalities.items() if status.state == "present"]
