"""Explain: claims that cite evidence; each is verified, rewritten once, or dropped."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from langgraph.runtime import Runtime
from pydantic import StringConstraints, create_model

from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.claims.lexicon import emotions_in, unquoted
from affectgraph.graphs.claims.stance import claim_about, stance
from affectgraph.graphs.reasoner.prompt_builder import (
    format_evidence,
    render_prompt,
    select_salient,
)
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.schema import Claim, Decision, ModelUsage
from affectgraph.graphs.translations import Translation, load_translations
from affectgraph.graphs.verdict.pooling import strongest_modality
from affectgraph.graphs.verdict.state import Budget, Context, VerdictState
from affectgraph.tools.clip.language import ENGLISH
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Evidence

_MAX_FOR, _MAX_AGAINST = 2, 1
_Text = Annotated[str, StringConstraints(min_length=10, max_length=120)]


def explain(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Write the explanation: by the reasoner if there is one, else from templates."""
    context, decision = runtime.context, state["decision"]
    evidence = {piece.id: piece for piece in state.get("evidence", [])}
    translation, notes = _translation(context)
    usage, claims = ModelUsage(), []
    if context.reasoner and evidence and not translation:
        runtime.stream_writer({"node": "explain", "event": "asking"})
        writer = _ClaimWriter(context.reasoner, state, context.budget)
        claims = writer.write()
        usage, notes = writer.usage, [*notes, *writer.notes]
    source = "llm" if claims else "template"
    if not claims:
        claims = [
            claim
            for claim in template_claims(decision, list(evidence.values()))
            if not claim_problem(claim, evidence, {}, decision.leading)
        ]
    if translation:
        claims, translation_notes = translate(claims, translation)
        notes += translation_notes
    return {"claims": claims, "explained_by": source, "spent": usage, "notes": notes}


def translate(
    claims: Sequence[Claim], translation: Translation
) -> tuple[list[Claim], list[str]]:
    """Translate claims that repeat observations, as far as there are translations.

    Returns:
        The claims with their citations, and a note of how many stayed English.
    """
    texts = [translation.translate(claim.text) for claim in claims]
    translated = [
        claim.model_copy(update={"text": text or claim.text})
        for claim, text in zip(claims, texts, strict=True)
    ]
    missing = texts.count("")
    note = (
        f"no {translation.name} wording for {missing} of {len(claims)}: left in English"
    )
    return translated, [note] if missing else []


def _translation(context: Context) -> tuple[Translation | None, list[str]]:
    """The translation to explain in, None for English, and notes for the user."""
    code, translations = context.explain_in, load_translations()
    if code == ENGLISH:
        return None, []
    if code not in translations:
        codes = ", ".join([ENGLISH, *translations])
        return None, [f"explained in English: no wording in {code!r}, only {codes}"]
    translation = translations[code]
    note = (
        f"explained in {translation.name} from the evidence alone: what a language "
        "model writes is checked in English only"
    )
    return translation, [note]


def select_evidence(decision: Decision, evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that an explanation cites: first for the verdict, then against it.

    On each side, the best piece of every modality precedes the second of any.
    """
    label = decision.leading
    candidates = sorted(
        (piece for piece in evidence if not _names_other_emotion(piece, label)),
        key=lambda piece: -piece.quality,
    )
    selected = []
    for side, limit in (("for", _MAX_FOR), ("against", _MAX_AGAINST)):
        seen: Counter[str] = Counter()
        ranked = []
        for piece in candidates:
            if stance(piece, label) == side:
                ranked.append((seen[piece.modality], piece))
                seen[piece.modality] += 1
        ranked.sort(key=lambda pair: pair[0])
        selected += [piece for _, piece in ranked[:limit]]
    return selected


def _names_other_emotion(piece: Evidence, label: str) -> bool:
    """Whether a vote backs the label only second, and its text names only the first."""
    if piece.distribution is None or stance(piece, label) != "for":
        return False
    named = emotions_in(unquoted(piece.observation))
    return (
        top_emotion(piece.distribution) != label and bool(named) and label not in named
    )


def template_claims(decision: Decision, evidence: Sequence[Evidence]) -> list[Claim]:
    """Claims without a language model: the observations themselves."""
    return [
        claim_about(piece, piece.observation, decision.leading)
        for piece in select_evidence(decision, evidence)
    ]


class _ClaimWriter:
    """Lets the reasoner write the claims of one explanation.

    Attributes:
        usage: What the reasoner has used.
        notes: Which claims were dropped and which questions were not asked, and why.
    """

    def __init__(self, reasoner: Reasoner, state: VerdictState, budget: Budget) -> None:
        self.usage = ModelUsage()
        self.notes: list[str] = []
        self._reasoner = reasoner
        self._decision = state["decision"]
        self._evidence = {piece.id: piece for piece in state["evidence"]}
        evidence = list(self._evidence.values())
        self._usage_before = state.get("spent", ModelUsage())
        self._budget = budget
        strongest = strongest_modality(state["fused"], self._decision.leading)
        self._shown = select_salient(evidence, last=strongest)
        self._context = render_prompt("context", evidence=format_evidence(self._shown))

    def write(self) -> list[Claim]:
        """Claims that passed the checker, those for the verdict first."""
        # Only the strongest evidence for the verdict and the strongest against it:
        # each further sentence of a small model costs seconds and adds little.
        cited = select_evidence(self._decision, self._shown)
        cited = [*cited[:1], *cited[1:][-1:]]
        if not cited:
            return []
        hedge = "The senses disagree, so hedge." if self._decision.mixed else ""
        label = self._decision.leading
        task = render_prompt("explain", label=label, hedge=hedge)
        texts = self._ask(task, cited, "the explanation is from the evidence alone")
        drafts = [
            claim_about(piece, texts[piece.id], label) for piece in cited if texts
        ]
        return [claim for draft in drafts if (claim := self._verified(draft))]

    def _verified(self, claim: Claim) -> Claim | None:
        """The claim, or else its one rewriting, if the checker accepts it."""
        problem = self._problem(claim)
        if not problem:
            return claim
        (evidence_id,) = claim.cites
        piece = self._evidence[evidence_id]
        task = render_prompt(
            "rewrite", text=claim.text, cites=evidence_id, reason=problem
        )
        if texts := self._ask(task, [piece], "a claim was not rewritten"):
            claim = claim_about(piece, texts[evidence_id], self._decision.leading)
            if not (problem := self._problem(claim)):
                return claim
        self.notes.append(f"a claim was dropped: {problem}")
        return None

    def _problem(self, claim: Claim) -> str:
        return claim_problem(claim, self._evidence, {}, self._decision.leading)

    def _ask(
        self, task: str, pieces: Sequence[Evidence], consequence: str
    ) -> Mapping[str, str]:
        """A sentence about each piece, by its id.

        Returns:
            Nothing if the budget is used up or the reply is unreadable; a note says so.
        """
        usage = self._usage_before + self.usage
        if exhausted := self._budget.exhausted_notes(usage, consequence):
            self.notes += exhausted
            return {}
        sentence: Any = (_Text, ...)
        schema = create_model("Claims", **{piece.id: sentence for piece in pieces})
        answer = self._reasoner.ask(self._context, task, schema)
        self.usage += answer.spent
        if answer.reply is None:
            self.notes.append(f"{self._reasoner.name} wrote nothing ({answer.problem})")
            return {}
        return {piece.id: getattr(answer.reply, piece.id).strip() for piece in pieces}
