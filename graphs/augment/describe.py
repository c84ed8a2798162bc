"""Describe: the clues of all senses, merged into one description."""

from collections.abc import Sequence
from typing import Annotated, Any

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field, StringConstraints, create_model

from affectgraph.graphs.augment.crowd import is_the_rule
from affectgraph.graphs.augment.schema import Clue, Description
from affectgraph.graphs.augment.state import Augmentation
from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.reasoner.reasoner import evidence_lines, prompt, salient
from affectgraph.graphs.schema import Claim, Fused
from affectgraph.graphs.verdict.open_vocabulary import named_emotions
from affectgraph.graphs.verdict.state import Context
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.language.forbidden_terms import replace_forbidden
from affectgraph.tools.language.vocabulary import to_basic

_FACTS = 2
_WORDS = 4
_Sentence = Annotated[str, StringConstraints(min_length=10, max_length=160)]
_Word = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z-]{3,20}$")]


def describe(state: Augmentation, runtime: Runtime[Context]) -> Augmentation:
    """Say which parts of the clip tell an emotion, why, and what they come to.

    The reasoner words it where there is one; what the claim checker refuses, and all of
    it where there is none, is rendered from the evidence.
    """
    evidence, fused = state.get("evidence", []), state["fused"]
    rendered = from_facts(evidence, fused)
    reasoner = runtime.context.reasoner
    if reasoner is None or not rendered.clues:
        return {"description": rendered}
    parts: Any = {clue.modality: (_Sentence, ...) for clue in rendered.clues}
    parts["together"] = (_Sentence, ...)
    parts["expressed"] = (list[_Word], Field(min_length=1, max_length=_WORDS))
    shown = salient(evidence)
    context = prompt("context", evidence=evidence_lines(shown))
    runtime.stream_writer({"node": "describe", "event": "asking"})
    answer = reasoner.ask(context, prompt("describe"), create_model("Clues", **parts))
    if answer.reply is None:
        note = f"{reasoner.name} described nothing ({answer.problem})"
        return {"description": rendered, "spent": answer.spent, "notes": [note]}
    worded, notes = _worded(
        rendered, answer.reply, shown, top_emotion(fused.distribution)
    )
    worded = worded.model_copy(update={"written_by": reasoner.name})
    return {"description": worded, "spent": answer.spent, "notes": notes}


def from_facts(evidence: Sequence[Evidence], fused: Fused) -> Description:
    """The description without a language model: what was observed, sense by sense.

    Args:
        evidence: All that was perceived.
        fused: The fast answer about it.
    """
    label = top_emotion(fused.distribution)
    modalities = dict.fromkeys(piece.modality for piece in evidence)
    clues = tuple(_clue(name, evidence, fused) for name in modalities)
    return Description(
        clues=clues,
        together=_together(clues, label, fused.distribution[label]),
        words=tuple(replace_forbidden(named_emotions(evidence, fused, _WORDS))),
    )


def _clue(modality: str, evidence: Sequence[Evidence], fused: Fused) -> Clue:
    """What one sense tells: its vote, and the facts that speak for it."""
    own = [piece for piece in evidence if piece.modality == modality]
    vote = fused.by_modality.get(modality)
    if vote is None or is_the_rule(modality, vote):
        why = f"{own[0].observation} From {modality} alone no emotion can be inferred."
        return Clue(modality=modality, cites=(own[0].id,), infers=None, why=why)
    label = top_emotion(vote)
    votes = [piece for piece in own if piece.distribution is not None][:1]
    facts = [p for p in own if p.distribution is None and stance(p, label) == "for"]
    told = votes + facts[:_FACTS]
    observed = " ".join(piece.observation for piece in told)
    return Clue(
        modality=modality,
        cites=tuple(piece.id for piece in told),
        infers=label,
        why=f"{observed} From {modality}, {label} can be inferred.",
    )


def _together(clues: Sequence[Clue], label: str, share: float) -> str:
    telling = [clue for clue in clues if clue.infers is not None]
    backing = [clue.modality for clue in telling if clue.infers == label]
    against = [f"{c.modality} ({c.infers})" for c in telling if c.infers != label]
    if not telling:
        return "No part of the clip tells an emotion."
    sides = [f"{' and '.join(backing)} for it"] if backing else []
    sides += [f"{' and '.join(against)} against it"] if against else []
    return f"Together they come to {label} ({share:.2f}): {', '.join(sides)}."


def _worded(
    rendered: Description, reply: BaseModel, shown: Sequence[Evidence], label: str
) -> tuple[Description, list[str]]:
    """The reply's sentences where they stand, and why the others do not."""
    known = {piece.id: piece for piece in shown}
    said = reply.model_dump()
    notes: list[str] = []

    def stands(sentence: str, cites: Sequence[str], supports: bool) -> bool:
        cited = tuple(name for name in cites if name in known)
        claim = Claim(text=sentence, cites=cited, supports=supports)
        reason = claim_problem(claim, known, {}, label)
        notes.extend([f"a sentence was dropped: {reason}"] if reason else [])
        return not reason

    clues = []
    for clue in rendered.clues:
        sentence = said[clue.modality].strip()
        if stands(sentence, clue.cites, clue.infers in (None, label)):
            clue = clue.model_copy(update={"why": sentence})
        clues.append(clue)
    together = said["together"].strip()
    if not stands(together, list(known), True):
        together = rendered.together
    words = replace_forbidden(w.lower() for w in said["expressed"] if to_basic(w))
    description = Description(
        clues=tuple(clues),
        together=together,
        words=tuple(dict.fromkeys(words)) or rendered.words,
    )
    return description, notes
