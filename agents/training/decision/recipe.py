"""Training recipe of the decision: `affectgraph train decision`.

It makes all that the graph knows of trust: temperatures of the senses on corpora that
they did not learn from, how people integrate face and voice, trust in our senses,
confidence, prediction sets, abstention, and what is novel. Every figure is of a corpus
that was left out of all of this.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from affectgraph.agents.training.decision.confidence import (
    FusedTake,
    abstention_threshold,
    fit_confidence,
    fit_thresholds,
)
from affectgraph.agents.training.decision.domains import Domain
from affectgraph.agents.training.decision.face_domains import face_domains
from affectgraph.agents.training.decision.figures import (
    decided_confidence,
    print_answers,
    print_checks,
    print_decisions,
    print_novelty,
)
from affectgraph.agents.training.decision.fitting import fit_pool
from affectgraph.agents.training.decision.novelty import (
    distances_left_out,
    write_references,
)
from affectgraph.agents.training.decision.takes import Take, TakeComposer, as_evidence
from affectgraph.agents.training.decision.voice_domains import voice_domains
from affectgraph.agents.training.decision.votes import (
    print_comparison,
    read_votes,
    trust_by_emotion,
)
from affectgraph.agents.training.decision.word_domains import word_domains
from affectgraph.graphs.verdict.parameters import DecisionParameters
from affectgraph.graphs.verdict.pooling import pool
from affectgraph.tools.io.atomic_write import atomic_write_text

_TAKES, _AGREEING, _SINGLES = 4000, 700, 400


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Fit the decision, print the figures of the card, write its files.

    Args:
        data: A folder in the shared layout.
        out: Folder of `decision.json` and `novelty.npz`, and of the voices that the
            prosody recipe caches.
        seed: Of heads, takes and clusters.
    """
    torch.set_num_threads(1)
    votes = read_votes(data)
    print_comparison(votes)
    people = trust_by_emotion(votes)
    every = [
        *face_domains(data, seed),
        *voice_domains(data, out, seed),
        *word_domains(data),
    ]
    composer = TakeComposer([d for d in every if not d.familiar], seed)
    # Simulated speech is easier than real speech: it is only material for takes.
    speaking = [domain for domain in every if domain.moving]
    domains = [domain for domain in every if not domain.moving]
    strangers = [domain for domain in domains if not domain.familiar]
    distances = distances_left_out(strangers, seed)
    print_novelty(strangers, distances)
    write_references(strangers, distances, out, seed)
    takes = composer.follow(votes, _TAKES)
    agreeing = composer.agree(_AGREEING)
    alone = _single_takes(strangers, seed)
    left_out: list[FusedTake] = []
    by_corpus: dict[str, list[FusedTake]] = {}
    for name in [domain.name for domain in strangers]:
        fitted = fit_pool(
            [domain for domain in domains if domain.name != name],
            [take for take in takes if name not in take.corpora],
            people,
        )
        by_corpus[name] = _judge_stranger(name, fitted, takes, alone, agreeing)
        left_out += by_corpus[name]
    _print_decisions(by_corpus, left_out)
    fitted = fit_pool(domains, takes, people, intervals=True)
    parameters = _fit_decision(fitted, left_out)
    familiar = TakeComposer([*_as_familiar_as_possible(domains), *speaking], seed)
    agreed = _fuse(familiar.agree(_AGREEING), parameters)
    print_answers("other people of known corpora, senses agree", agreed, parameters)
    encoded = json.dumps(parameters.model_dump(), indent=1)
    atomic_write_text(out / "decision.json", f"{encoded}\n")


def _judge_stranger(
    name: str,
    fitted: DecisionParameters,
    takes: Sequence[Take],
    alone: Sequence[Take],
    agreeing: Sequence[Take],
) -> list[FusedTake]:
    """Print the answers about a corpus that was left out, and return its takes."""
    fused = [
        _fuse([take for take in each if name in take.corpora], fitted)
        for each in (takes, alone, agreeing)
    ]
    for kind, answers in zip(("", ", alone", ", senses agree"), fused, strict=True):
        print_answers(f"{name} left out{kind}", answers, fitted)
    return [*fused[0], *fused[1]]


def _print_decisions(
    by_corpus: Mapping[str, Sequence[FusedTake]], left_out: Sequence[FusedTake]
) -> None:
    """Print the decisions about each corpus by a fit on the others, and the checks."""
    for name, tested in by_corpus.items():
        others = [each for each in left_out if name not in each.take.corpora]
        parameters = _fit_decision(DecisionParameters.model_construct(), others)
        print_decisions(f"{name} left out", tested, parameters)
    print_checks([each for each in left_out if len(each.take.evidence) > 1])


def _fit_decision(
    fitted: DecisionParameters, left_out: Sequence[FusedTake]
) -> DecisionParameters:
    """Add confidence, sets and abstention, fitted on takes of corpora left out."""
    several = [each for each in left_out if len(each.take.evidence) > 1]
    parameters = fitted.model_copy(
        update={
            "confidence": fit_confidence(several),
            "thresholds": fit_thresholds(left_out),
        }
    )
    confidence = [decided_confidence(each.fused, parameters) for each in left_out]
    least = abstention_threshold(
        np.array(confidence), np.array([each.right for each in left_out])
    )
    return parameters.model_copy(update={"least_confidence": round(least, 4)})


def _as_familiar_as_possible(domains: Sequence[Domain]) -> list[Domain]:
    senses = {domain.sense for domain in domains if domain.familiar}
    return [d for d in domains if d.familiar or d.sense not in senses]


def _fuse(takes: Sequence[Take], parameters: DecisionParameters) -> list[FusedTake]:
    return [FusedTake(t, pool(t.evidence, parameters=parameters)) for t in takes]


def _single_takes(domains: Sequence[Domain], seed: int) -> list[Take]:
    """Clips of each domain by themselves."""
    rng = np.random.default_rng(seed)
    takes = []
    for domain in domains:
        rows = rng.permutation(len(domain.truth))[:_SINGLES]
        takes += [
            Take(
                evidence=(as_evidence(domain, int(row)),),
                truth=domain.labels[row] / domain.labels[row].sum(),
                group=str(domain.groups[row]),
                corpora=(domain.name,),
            )
            for row in rows
        ]
    return takes
