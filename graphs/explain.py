"""Explain: claims that cite, each one checked, or rewritten once, or dropped."""

from collections.abc import Mapping
from typing import Annotated, Any

from langgraph.runtime import Runtime
from pydantic import BaseModel, Field, StringConstraints, create_model

from affectgraph.graphs.claims import problem
from affectgraph.graphs.decide import Decision, decide
from affectgraph.graphs.reasoner import (
    Reasoner,
    evidence_lines,
    one_of,
    prompt,
    salient,
)
from affectgraph.graphs.schema import Claim, Spent
from affectgraph.graphs.stance import stance
from affectgraph.graphs.state import Context, State
from affectgraph.memory import Recalled
from affectgraph.tools.evidence import Evidence

_MOST = 3
_FOR, _AGAINST = 3, 2
_Text = Annotated[str, StringConstraints(min_length=10, max_length=140)]


def explain(state: State, runtime: Runtime[Context]) -> State:
    """Write the explanation: by the reasoner where there is one, else from evidence."""
    context = runtime.context
    decision = decide(state, context.coverage)
    evidence = {piece.id: piece for piece in state.get("evidence", [])}
    cases = {f"C{n}": case for n, case in enumerate(state.get("cases", []), 1)}
    spent, notes, claims = Spent(), [], []
    if context.reasoner and evidence and context.budget.allows(state["spent"]):
        runtime.stream_writer({"node": "explain", "event": "asking"})
        writer = _Writer(context.reasoner, decision, evidence, cases)
        claims = writer.claims()
        spent, notes = writer.spent, writer.notes
    source = "llm" if claims else "template"
    if not claims:
        drafted = from_evidence(decision, list(evidence.values()))
        claims = [
            claim
            for claim in drafted
            if not problem(claim, evidence, cases, decision.leading)
        ]
    return {"claims": claims, "explained_by": source, "spent": spent, "notes": notes}


def from_evidence(decision: Decision, evidence: list[Evidence]) -> list[Claim]:
    """Claims without a language model: the observations themselves, by their side."""
    order = sorted(evidence, key=lambda piece: -piece.quality)
    sides = {piece.id: stance(piece, decision.leading) for piece in order}
    backing = [piece for piece in order if sides[piece.id] == "for"][:_FOR]
    opposing = [piece for piece in order if sides[piece.id] == "against"][:_AGAINST]
    return [
        Claim(text=piece.observation, cites=(piece.id,), supports=piece in backing)
        for piece in (*backing, *opposing)
    ]


class _Writer:
    """One conversation with the reasoner about one explanation."""

    def __init__(
        self,
        reasoner: Reasoner,
        decision: Decision,
        evidence: Mapping[str, Evidence],
        cases: Mapping[str, Recalled],
    ) -> None:
        self.spent = Spent()
        self.notes: list[str] = []
        self._reasoner = reasoner
        self._decision = decision
        self._evidence = evidence
        self._cases = cases
        shown = salient(list(evidence.values()))
        self._ids = tuple(piece.id for piece in shown)
        self._context = prompt("context", evidence=evidence_lines(shown))

    def claims(self) -> list[Claim]:
        """Claims that passed the checker, the reasoner's order kept."""
        mixed = "The senses disagree, so hedge." if self._decision.mixed else ""
        task = prompt("explain", label=self._decision.leading, hedge=mixed)
        reply = self._ask(task, _schema(self._ids))
        kept: list[Claim] = []
        for drafted in reply.claims if reply else []:
            claim = self._passing(self._claim(drafted))
            if claim is not None and claim.text not in {c.text for c in kept}:
                kept.append(claim)
        return kept

    def _passing(self, claim: Claim) -> Claim | None:
        """The claim, or its one rewriting, if the checker lets it stand."""
        reason = self._problem(claim)
        if not reason:
            return claim
        cites = ", ".join(claim.cites) or "nothing"
        task = prompt("rewrite", text=claim.text, cites=cites, reason=reason)
        reply = self._ask(task, _claim_schema(self._ids))
        rewritten = self._claim(reply) if reply else claim
        if reply and not self._problem(rewritten):
            return rewritten
        self.notes.append(f"a claim was dropped: {reason}")
        return None

    def _claim(self, drafted: Any) -> Claim:
        """A drafted claim, with its side: that of the evidence, not of the model."""
        cites = tuple(dict.fromkeys(drafted.cites))
        label = self._decision.leading
        sides = [stance(self._evidence[name], label) for name in cites]
        text = drafted.text.strip()
        return Claim(text=text, cites=cites, supports="against" not in sides)

    def _problem(self, claim: Claim) -> str:
        return problem(claim, self._evidence, self._cases, self._decision.leading)

    def _ask(self, task: str, schema: type[BaseModel]) -> Any:
        answer = self._reasoner.ask(self._context, task, schema)
        self.spent += answer.spent
        if answer.reply is None:
            self.notes.append(f"{self._reasoner.name} wrote nothing ({answer.problem})")
        return answer.reply


def _claim_schema(ids: tuple[str, ...]) -> type[BaseModel]:
    cited: Any = (list[one_of(ids)], Field(min_length=1, max_length=2))  # type: ignore[misc]
    return create_model("Drafted", cites=cited, text=(_Text, ...))


def _schema(ids: tuple[str, ...]) -> type[BaseModel]:
    several: Any = (list[_claim_schema(ids)], Field(min_length=1, max_length=_MOST))  # type: ignore[misc]
    return create_model("Claims", claims=several)
