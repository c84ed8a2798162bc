"""Describe: merge the clues of all senses into one description."""

from collections.abc import Sequence
from typing import Annotated, Any

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field, StringConstraints, create_model

from affectgraph.graphs.augment.agreement_filter import is_uninformative
from affectgraph.graphs.augment.schema import AugmentationState, Clue, Description
from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.reasoner.prompt_builder import (
    format_evidence,
    render_prompt,
    select_salient,
)
from affectgraph.graphs.schema import Claim, Fused
from affectgraph.graphs.verdict.open_vocabulary import most_named_emotions
from affectgraph.graphs.verdict.state import Context
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence
from affectgraph.tools.language.forbidden_terms import replace_forbidden
from affectgraph.tools.language.vocabulary import to_basic

_MAX_FACTS = 2
_MAX_WORDS = 4
_Sentence = Annotated[str, StringConstraints(min_length=10, max_length=160)]
_Word = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z-]{3,20}$")]


def describe(state: AugmentationState, runtime: Runtime[Context]) -> AugmentationState:
    """Describe which parts of the clip tell an emotion, why, and the conclusion.

    The reasoner writes it if there is one. Sentences that the claim checker rejects are
    taken from the evidence, as is the whole description without a reasoner.
    """
    evidence, fused = state.get("evidence", []), state["fused"]
    template = describe_from_evidence(evidence, fused)
    reasoner = runtime.context.reasoner
    if reasoner is None or not template.clues:
        return {"description": template}
    shown = select_salient(evidence)
    context = render_prompt("context", evidence=format_evidence(shown))
    runtime.stream_writer({"node": "describe", "event": "asking"})
    answer = reasoner.ask(context, render_prompt("describe"), _schema(template))
    if answer.reply is None:
        note = f"{reasoner.name} described nothing ({answer.problem})"
        return {"description": template, "spent": answer.spent, "notes": [note]}
    label = top_emotion(fused.distribution)
    facts = Facts(
        evidence={piece.id: piece for piece in shown}, terms=fused.terms, leading=label
    )
    description, notes = _merge_reply(template, answer.reply, facts)
    description = description.model_copy(update={"written_by": reasoner.name})
    return {"description": description, "spent": answer.spent, "notes": notes}


def _schema(template: Description) -> type[BaseModel]:
    """Schema of a reply: a sentence for each clue, a conclusion, and emotion words."""
    fields: Any = {clue.modality: (_Sentence, ...) for clue in template.clues}
    fields["together"] = (_Sentence, ...)
    fields["expressed"] = (list[_Word], Field(min_length=1, max_length=_MAX_WORDS))
    schema: type[BaseModel] = create_model("Clues", **fields)
    return schema


def describe_from_evidence(evidence: Sequence[Evidence], fused: Fused) -> Description:
    """The description without a language model: the observations of each sense."""
    label = top_emotion(fused.distribution)
    modalities = dict.fromkeys(piece.modality for piece in evidence)
    clues = tuple(_clue(name, evidence, fused) for name in modalities)
    return Description(
        clues=clues,
        together=_conclusion(clues, label, fused.distribution[label]),
        words=tuple(
            replace_forbidden(most_named_emotions(evidence, fused, _MAX_WORDS))
        ),
    )


def _clue(modality: str, evidence: Sequence[Evidence], fused: Fused) -> Clue:
    """The vote of one sense, and the facts that support it."""
    pieces = [piece for piece in evidence if piece.modality == modality]
    vote = fused.by_modality.get(modality)
    if vote is None or is_uninformative(modality, vote):
        first = pieces[0]
        why = f"{first.observation} From {modality} alone no emotion can be inferred."
        return Clue(modality=modality, cites=(first.id,), infers=None, why=why)
    label = top_emotion(vote)
    votes = [piece for piece in pieces if piece.distribution is not None]
    facts = [
        piece
        for piece in pieces
        if piece.distribution is None and stance(piece, label) == "for"
    ]
    cited = votes[:1] + facts[:_MAX_FACTS]
    observations = " ".join(piece.observation for piece in cited)
    return Clue(
        modality=modality,
        cites=tuple(piece.id for piece in cited),
        infers=label,
        why=f"{observations} From {modality}, {label} can be inferred.",
    )


def _conclusion(clues: Sequence[Clue], label: str, share: float) -> str:
    conclusive = [clue for clue in clues if clue.infers is not None]
    if not conclusive:
        return "No part of the clip tells an emotion."
    supporting = [clue.modality for clue in conclusive if clue.infers == label]
    opposing = [f"{c.modality} ({c.infers})" for c in conclusive if c.infers != label]
    sides = [f"{' and '.join(supporting)} for it"] if supporting else []
    sides += [f"{' and '.join(opposing)} against it"] if opposing else []
    return f"Together they come to {label} ({share:.2f}): {', '.join(sides)}."


def _merge_reply(
    template: Description, reply: BaseModel, facts: Facts
) -> tuple[Description, list[str]]:
    """The template with the reply's sentences where the claim checker accepts them.

    Returns:
        The description, and why sentences were dropped.
    """
    texts = reply.model_dump()
    notes: list[str] = []

    def accept(sentence: str, cites: Sequence[str]) -> bool:
        cited = tuple(name for name in cites if name in facts.evidence)
        problem = claim_problem(Claim(text=sentence, cites=cited), facts)
        notes.extend([f"a sentence was dropped: {problem}"] if problem else [])
        return not problem

    clues = []
    for clue in template.clues:
        sentence = texts[clue.modality].strip()
        if accept(sentence, clue.cites):
            clue = clue.model_copy(update={"why": sentence})
        clues.append(clue)
    together = texts["together"].strip()
    if not accept(together, list(facts.evidence)):
        together = template.together
    words = replace_forbidden(w.lower() for w in texts["expressed"] if to_basic(w))
    description = Description(
        clues=tuple(clues),
        together=together,
        words=tuple(dict.fromkeys(words)) or template.words,
    )
    return description, notes
