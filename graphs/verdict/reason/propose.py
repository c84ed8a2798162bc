"""Propose: candidate emotions with their predictions, and the next act."""

from typing import Annotated, Any, Literal

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field, StringConstraints, create_model

from affectgraph.graphs.reasoner.prompt_builder import (
    format_evidence,
    render_prompt,
    select_salient,
)
from affectgraph.graphs.schema import Hypothesis, ModelUsage
from affectgraph.graphs.verdict.hypotheses import propose_by_arithmetic
from affectgraph.graphs.verdict.open_vocabulary import most_named_emotions
from affectgraph.graphs.verdict.pooling import strongest_modality
from affectgraph.graphs.verdict.reason.choice import choose_act
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.tools.language.forbidden_terms import replace_forbidden
from affectgraph.tools.language.vocabulary import to_basic

# Maximum number of candidates that the reasoner finds words for, and of words each.
_MAX_WORDED, _MAX_WORDS = 2, 1
# Descriptions that name fewer emotions are given to the reasoner.
_MIN_NAMED_WORDS, _MAX_EXPRESSED = 2, 3
_Word = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z-]{3,20}$")]


class Expressed(BaseModel):
    """Emotions that descriptions point to without naming them."""

    # The docstring and the field are part of the prompt.
    expressed: list[_Word] = Field(min_length=1, max_length=_MAX_EXPRESSED)


def propose(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Propose the candidates once, and the next act in every round."""
    update: VerdictState = {}
    if "hypotheses" not in state:
        update = _propose_candidates(state, runtime)
    current: VerdictState = {**state, **update}
    choice = choose_act(current, runtime.context)
    spent = update.get("spent", ModelUsage()) + choice.spent
    return {
        **update,
        "next_act": choice.act,
        "by_model": choice.by_model,
        "stopped": choice.stopped,
        "spent": spent,
    }


def route_after_propose(state: VerdictState) -> Literal["act", "verify"]:
    """Act if an act is worth its cost; verify the hypotheses in any case."""
    return "act" if state["next_act"] else "verify"


def _propose_candidates(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """The candidates of arithmetic, with the reasoner's words for them."""
    candidates = propose_by_arithmetic(state)
    reasoner = runtime.context.reasoner
    if reasoner is None or runtime.context.measured_methods:
        return {"hypotheses": candidates}
    question = _question(state, candidates)
    if question is None:
        return {"hypotheses": candidates}
    exhausted = runtime.context.budget.exhausted_notes(
        state.get("spent", ModelUsage()),
        f"{reasoner.name} was not asked for words",
    )
    if exhausted:
        return {"hypotheses": candidates, "notes": exhausted}
    runtime.stream_writer({"node": "propose", "event": "asking"})
    evidence = state.get("evidence", [])
    strongest = strongest_modality(state["fused"], candidates[0].label)
    shown = select_salient(evidence, last=strongest)
    context = render_prompt("context", evidence=format_evidence(shown))
    answer = reasoner.ask(context, *question)
    if answer.reply is None:
        note = f"{reasoner.name} proposed nothing ({answer.problem})"
        return {"hypotheses": candidates, "spent": answer.spent, "notes": [note]}
    if isinstance(answer.reply, Expressed):
        words = [word for word in answer.reply.expressed if to_basic(word)]
        return {"hypotheses": candidates, "expressed": words, "spent": answer.spent}
    worded = [_with_words(candidate, answer.reply) for candidate in candidates]
    return {"hypotheses": worded, "spent": answer.spent}


def _question(
    state: VerdictState, candidates: list[Hypothesis]
) -> tuple[str, type[BaseModel]] | None:
    """The question to the reasoner and the schema of its reply; None for no question.

    If senses vote, the question is about their candidates. If none does, descriptions
    are all there is, and the reasoner is asked only if they hardly name an emotion.
    """
    evidence, fused = state.get("evidence", []), state["fused"]
    if fused.by_modality:
        labels = [hypothesis.label for hypothesis in candidates[:_MAX_WORDED]]
        return render_prompt("hypothesize"), _words_schema(labels)
    described = any(not piece.measurements for piece in evidence)
    named = most_named_emotions(evidence, fused, _MIN_NAMED_WORDS)
    if described and len(named) < _MIN_NAMED_WORDS:
        return render_prompt("name"), Expressed
    return None


def _words_schema(labels: list[str]) -> type[BaseModel]:
    """Schema of a reply with words for each candidate.

    Keyed by label, so that a small model cannot name the same emotion repeatedly.
    """
    words: Any = (list[_Word], Field(min_length=1, max_length=_MAX_WORDS))
    keyed: dict[str, Any] = dict.fromkeys(labels, words)
    return create_model("Words", **keyed)


def _with_words(hypothesis: Hypothesis, reply: Any) -> Hypothesis:
    proposed = getattr(reply, hypothesis.label, ())
    words = dict.fromkeys(replace_forbidden(word.lower() for word in proposed))
    return hypothesis.model_copy(update={"words": tuple(words)})
