"""Facts that claims are verified against: evidence, cases, the sum of the experts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from affectgraph.graphs.schema import Conflict, Contribution
from affectgraph.memory import Recalled
from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution, top_emotion
from affectgraph.tools.evidence import Evidence

Terms = Mapping[str, float]

# A smaller contribution, in log-odds, counts for neither side: it is 0.0 as written.
MIN_LOG_ODDS = 0.05


@dataclass(frozen=True)
class Facts:
    """What is known when a claim is verified.

    Attributes:
        evidence: Evidence by id.
        cases: Recalled cases by `C1`, `C2`, ... in the order of the verdict.
        terms: Expert to emotion to the log-odds that it adds, up to a constant.
        votes: The mean vote of each modality.
        alone: The term of each modality where it is the only one.
        contributions: Those of the decision, with their trust.
        leading: The leading emotion; empty before the decision.
        runner_up: The next one.
        confidence: Probability that the leading emotion is right.
        abstains: There is no label.
        conflicts: Modalities that disagree.
        unfamiliar: Every vote is about something unlike all that was measured.
    """

    evidence: Mapping[str, Evidence]
    cases: Mapping[str, Recalled] = field(default_factory=dict)
    terms: Mapping[str, Terms] = field(default_factory=dict)
    votes: Mapping[str, Distribution] = field(default_factory=dict)
    alone: Mapping[str, Terms] = field(default_factory=dict)
    contributions: Sequence[Contribution] = ()
    leading: str = ""
    runner_up: str = ""
    confidence: float = 0.0
    abstains: bool = False
    conflicts: Sequence[Conflict] = ()
    unfamiliar: bool = False

    @cached_property
    def experts(self) -> tuple[str, ...]:
        """Experts with a say in the answer, the senses first."""
        return tuple(sorted(self.terms, key=lambda name: name not in self.votes))

    def log_odds(self, expert: str, emotion: str, rival: str) -> float | None:
        """What an expert adds to an emotion against a rival; None if unknown."""
        term = self.terms.get(expert)
        return None if term is None else term[emotion] - term[rival]

    def trust(self, expert: str) -> float:
        """The weight of an expert in the pool; 0 if unknown."""
        parts = (part for part in self.contributions if part.expert == expert)
        return next((part.trust.value for part in parts), 0.0)

    def leading_without(self, experts: Collection[str]) -> str | None:
        """The emotion that leads if the terms of some experts are left out.

        A single sense that remains is its own answer, as in `pooling`.

        Returns:
            None if no expert remains.
        """
        terms = {n: term for n, term in self.terms.items() if n not in experts}
        senses = [name for name in terms if name in self.votes]
        if len(senses) == 1 and len(self.votes) > 1:
            terms |= {n: term for n, term in self.alone.items() if n in senses}
        if not terms:
            return None
        sums = {e: sum(term[e] for term in terms.values()) for e in BASIC_EMOTIONS}
        return top_emotion(sums)


def number_cases(cases: Sequence[Recalled]) -> dict[str, Recalled]:
    """Recalled cases by their ids: `C1`, `C2`, ..."""
    return {f"C{number}": recalled for number, recalled in enumerate(cases, start=1)}
