"""Explain: claims that cite, each one checked, or rewritten once, or dropped."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from langgraph.runtime import Runtime
from pydantic import StringConstraints, create_model

from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.claims.lexicon import emotions, own
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.reasoner.reasoner import (
    Reasoner,
    evidence_lines,
    prompt,
    salient,
)
from affectgraph.graphs.schema import Claim, Decision, ModelUsage
from affectgraph.graphs.translations import Wording, wordings
from affectgraph.graphs.verdict.nodes.fuse import strongest_modality
from affectgraph.graphs.verdict.state import Budget, Context, State
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence

_FOR, _AGAINST = 2, 1
_Text = Annotated[str, StringConstraints(min_length=10, max_length=120)]


def explain(state: State, runtime: Runtime[Context]) -> State:
    """Write the explanation: by the reasoner where there is one, else from evidence."""
    context = runtime.context
    decision = state["decision"]
    evidence = {piece.id: piece for piece in state.get("evidence", [])}
    cases = {f"C{n}": case for n, case in enumerate(state.get("cases", []), 1)}
    foreign, notes = _foreign(context)
    spent, claims = ModelUsage(), []
    if context.reasoner and evidence and not foreign:
        runtime.stream_writer({"node": "explain", "event": "asking"})
        writer = _Writer(context.reasoner, decision, evidence, state, context.budget)
        claims = writer.claims()
        spent, notes = writer.spent, [*notes, *writer.notes]
    source = "llm" if claims else "template"
    if not claims:
        drafted = template_claims(decision, list(evidence.values()))
        claims = [
            claim
            for claim in drafted
            if not claim_problem(claim, evidence, cases, decision.leading)
        ]
    if foreign:
        claims, told = translate(claims, foreign)
        notes += told
    return {"claims": claims, "explained_by": source, "spent": spent, "notes": notes}


def translate(
    claims: Sequence[Claim], language: Wording
) -> tuple[list[Claim], list[str]]:
    """Claims that repeat observations, in another language, as far as it words them.

    Returns:
        The claims, each with its citations, and a note of how many stayed English.
    """
    texts = [language.worded(claim.text) for claim in claims]
    worded = [
        claim.model_copy(update={"text": text or claim.text})
        for claim, text in zip(claims, texts, strict=True)
    ]
    left = texts.count("")
    told = f"no {language.name} wording for {left} of {len(claims)}: left in English"
    return worded, [told] if left else []


def _foreign(context: Context) -> tuple[Wording | None, list[str]]:
    """The language to explain in if it is not English, and what to know about it."""
    code, known = context.explain_in, wordings()
    if code == ENGLISH:
        return None, []
    if code not in known:
        there_are = ", ".join([ENGLISH, *known])
        return None, [f"explained in English: no wording in {code!r}, only {there_are}"]
    note = f"explained in {known[code].name} from the evidence alone: what a language "
    return known[code], [f"{note}model writes is checked in English only"]


def select_evidence(decision: Decision, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence an explanation rests on: what speaks for the verdict, then against.

    Of each side the best of every modality comes before the second of any. A vote that
    backs the verdict only beside another emotion is told where its words name it.
    """
    label = decision.leading
    order = sorted(
        (piece for piece in evidence if not _silent(piece, label)),
        key=lambda piece: -piece.quality,
    )
    chosen = []
    for side, most in (("for", _FOR), ("against", _AGAINST)):
        pieces = [p for p in order if stance(p, label) == side]
        seen: Counter[str] = Counter()
        places = []
        for piece in pieces:
            places.append(seen[piece.modality])
            seen[piece.modality] += 1
        ranked = sorted(zip(places, pieces, strict=True), key=lambda pair: pair[0])
        chosen += [piece for _, piece in ranked[:most]]
    return chosen


def _silent(piece: Evidence, label: str) -> bool:
    """It backs the label, and in words says only another emotion."""
    if piece.distribution is None or stance(piece, label) != "for":
        return False
    named = emotions(own(piece.observation))
    return (
        top_emotion(piece.distribution) != label and bool(named) and label not in named
    )


def template_claims(decision: Decision, evidence: Sequence[Evidence]) -> list[Claim]:
    """Claims without a language model: the observations themselves, by their side."""
    return [
        Claim(
            text=piece.observation,
            cites=(piece.id,),
            supports=stance(piece, decision.leading) == "for",
        )
        for piece in select_evidence(decision, evidence)
    ]


class _Writer:
    """One conversation with the reasoner about one explanation."""

    def __init__(
        self,
        reasoner: Reasoner,
        decision: Decision,
        evidence: Mapping[str, Evidence],
        state: State,
        budget: Budget,
    ) -> None:
        self.spent = ModelUsage()
        self.notes: list[str] = []
        self._reasoner = reasoner
        self._decision = decision
        self._evidence = evidence
        self._before = state.get("spent", ModelUsage())
        self._budget = budget
        loud = strongest_modality(state["fused"], decision.leading)
        self._shown = salient(list(evidence.values()), last=loud)
        self._context = prompt("context", evidence=evidence_lines(self._shown))

    def claims(self) -> list[Claim]:
        """Claims that passed the checker, those for the verdict first."""
        # The strongest for it, and the strongest against it where there is one: every
        # further sentence of a small model costs seconds and says little more.
        told = select_evidence(self._decision, self._shown)
        told = [*told[:1], *told[1:][-1:]]
        mixed = "The senses disagree, so hedge." if self._decision.mixed else ""
        task = prompt("explain", label=self._decision.leading, hedge=mixed)
        undone = "the explanation is from the evidence alone"
        reply = self._ask(task, told, undone) if told else {}
        drafted = [self._claim(piece, reply[piece.id]) for piece in told if reply]
        return [claim for draft in drafted if (claim := self._passing(draft))]

    def _passing(self, claim: Claim) -> Claim | None:
        """The claim, or its one rewriting, if the checker lets it stand."""
        reason = self._problem(claim)
        if not reason:
            return claim
        (name,) = claim.cites
        task = prompt("rewrite", text=claim.text, cites=name, reason=reason)
        piece = self._evidence[name]
        if reply := self._ask(task, [piece], "a claim was not rewritten"):
            claim = self._claim(piece, reply[name])
            if not (reason := self._problem(claim)):
                return claim
        self.notes.append(f"a claim was dropped: {reason}")
        return None

    def _claim(self, piece: Evidence, text: str) -> Claim:
        """A drafted sentence, on the side that its evidence takes."""
        against = stance(piece, self._decision.leading) == "against"
        return Claim(text=text.strip(), cites=(piece.id,), supports=not against)

    def _problem(self, claim: Claim) -> str:
        return claim_problem(claim, self._evidence, {}, self._decision.leading)

    def _ask(
        self, task: str, pieces: Sequence[Evidence], undone: str
    ) -> dict[str, str]:
        """A sentence for each piece, by its id; none if the reply cannot be read.

        Nor where the budget forbids to ask; then a note says what is left undone.
        """
        if cut := self._budget.cut(self._before + self.spent, undone):
            self.notes += cut
            return {}
        sentence: Any = (_Text, ...)
        schema = create_model("Claims", **{piece.id: sentence for piece in pieces})
        answer = self._reasoner.ask(self._context, task, schema)
        self.spent += answer.spent
        if answer.reply is None:
            self.notes.append(f"{self._reasoner.name} wrote nothing ({answer.problem})")
            return {}
        return {piece.id: getattr(answer.reply, piece.id) for piece in pieces}
