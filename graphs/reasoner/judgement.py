"""A language model's judgement of the hypotheses, as numbers.

Where the provider gives log-probabilities, they are those of the labels as the first
word of the answer, with the labels listed forwards and backwards (Zhao et al. 2021,
"Calibrate before use", on the bias of places). Elsewhere the model decides every pair
of live hypotheses twice, with the pair swapped and the facts in another order; its
wins are log-odds (Bradley & Terry 1952). It never sees what the senses conclude.
"""

import hashlib
import json
from collections.abc import Sequence
from itertools import combinations
from math import exp, log
from typing import Any, NamedTuple

from pydantic import create_model

from affectgraph.graphs.reasoner.dossier import Dossier
from affectgraph.graphs.reasoner.prompt_builder import literal_type, render_prompt
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.schema import Fused, Judgement, JudgementMethod, ModelUsage
from affectgraph.tools.clip import Turn
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Evidence, Measurement, Provenance, Span

LIKELIHOODS: tuple[JudgementMethod, ...] = (
    "direct, by log-probabilities",
    "deliberate, by log-probabilities",
)
PAIRS: tuple[JudgementMethod, ...] = ("direct, in pairs", "deliberate, in pairs")

# A hypothesis is live with at least this probability, or if a sense has it on top.
_MIN_LIVE_PROBABILITY = 0.01
# Added to each label's probability, so that no judgement rules a label out.
_PSEUDO_PROBABILITY = 0.02
_HALF_A_WIN = 0.5
_MAX_NOTES_TOKENS = {"small": 80, "large": 400}
# Facts are shuffled for the second asking.
_SHUFFLE_SEED = 1


class JudgementAnswer(NamedTuple):
    """A judgement, or why there is none, and what it cost."""

    judgement: Judgement | None
    spent: ModelUsage
    problem: str = ""


def judge(
    reasoner: Reasoner, dossier: Dossier, fused: Fused, method: JudgementMethod
) -> JudgementAnswer:
    """Let a language model judge.

    Args:
        reasoner: The model.
        dossier: What it is shown.
        fused: The pool, for which hypotheses are live; the model never sees it.
        method: How to ask.
    """
    labels, spent, notes = live_labels(fused), ModelUsage(), ""
    if method.startswith("deliberate"):
        task = render_prompt(
            f"deliberate-{dossier.size}",
            labels=", ".join(BASIC_EMOTIONS),
        )
        written = reasoner.write(
            dossier.render(), task, max_tokens=_MAX_NOTES_TOKENS[dossier.size]
        )
        spent = written.spent
        if not written.text:
            return JudgementAnswer(None, spent, written.problem or "it wrote nothing")
        notes = f"Your notes: {json.dumps(written.text, ensure_ascii=False)}"
    ask = _likelihoods if method in LIKELIHOODS else _wins
    scores, used, problem = ask(reasoner, dossier, labels, notes)
    if not scores:
        return JudgementAnswer(None, spent + used, problem)
    mean = sum(scores.values()) / len(scores)
    centred = {emotion: scores[emotion] - mean for emotion in BASIC_EMOTIONS}
    return JudgementAnswer(
        Judgement(method=method, log_probabilities=centred), spent + used
    )


def live_labels(fused: Fused) -> list[str]:
    """Labels that a model is asked about, in the order of the basic emotions."""
    tops = {top_emotion(vote) for vote in fused.by_modality.values()}
    live = [
        emotion
        for emotion in BASIC_EMOTIONS
        if fused.distribution[emotion] >= _MIN_LIVE_PROBABILITY or emotion in tops
    ]
    return live if len(live) > 1 else [*BASIC_EMOTIONS]


def gives_log_probabilities(reasoner: Reasoner) -> bool:
    """Whether the provider of a model gives log-probabilities of labels."""
    dossier = Dossier(_example(), size=reasoner.size)
    scores, _, _ = _likelihoods(reasoner, dossier, BASIC_EMOTIONS, "")
    return bool(scores)


def prompt_fingerprint(reasoner: Reasoner) -> str:
    """SHA-256 of all that a judgement depends on but the clip: prompts and settings.

    The prompts are rendered for one made-up clip, so that a change of the code that
    writes them changes it, too.
    """
    dossier = Dossier(_example(), (Turn(text="And?"),), reasoner.size)
    names = ("judge-direct", "judge-pairs", "deliberate")
    tasks = [
        render_prompt(f"{name}-{reasoner.size}", labels="?", notes="?")
        for name in names
    ]
    parts = [
        dossier.render(),
        dossier.render(_SHUFFLE_SEED),
        *tasks,
        json.dumps(_pair_fields(BASIC_EMOTIONS[:3], swapped=True)),
        json.dumps(dict(reasoner.settings), sort_keys=True, default=str),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _likelihoods(
    reasoner: Reasoner, dossier: Dossier, labels: Sequence[str], notes: str
) -> tuple[dict[str, float], ModelUsage, str]:
    """Mean log-probability of each label over two orders of the list."""
    spent, totals = ModelUsage(), dict.fromkeys(BASIC_EMOTIONS, 0.0)
    for seed, listed in enumerate((BASIC_EMOTIONS, BASIC_EMOTIONS[::-1])):
        task = render_prompt(
            f"judge-direct-{dossier.size}", labels=", ".join(listed), notes=notes
        ).strip()
        reply = reasoner.first_token(dossier.render(seed * _SHUFFLE_SEED), task)
        spent += reply.spent
        shares = _label_shares(reply.first_token)
        if not shares:
            problem = reply.problem or "it gave no log-probability of a label"
            return {}, spent, problem
        for emotion in BASIC_EMOTIONS:
            share = shares.get(emotion, 0.0) + _PSEUDO_PROBABILITY
            totals[emotion] += log(share) / 2
    return totals, spent, ""


def _label_shares(tokens: dict[str, float]) -> dict[str, float]:
    """Share of each label among the tokens that begin exactly one of them."""
    shares: dict[str, float] = {}
    for token, log_probability in tokens.items():
        start = token.strip(' "\u2581\u0120').lower()
        named = [emotion for emotion in BASIC_EMOTIONS if emotion.startswith(start)]
        if start and len(named) == 1:
            shares[named[0]] = shares.get(named[0], 0.0) + exp(log_probability)
    total = sum(shares.values())
    return {e: share / total for e, share in shares.items()} if total > 0 else {}


def _wins(
    reasoner: Reasoner, dossier: Dossier, labels: Sequence[str], notes: str
) -> tuple[dict[str, float], ModelUsage, str]:
    """Log-odds of the wins of each live label; the others get the lowest."""
    spent, won = ModelUsage(), dict.fromkeys(labels, _HALF_A_WIN)
    lost = dict(won)
    task = render_prompt(f"judge-pairs-{dossier.size}", notes=notes).strip()
    for swapped in (False, True):
        choices = _pair_fields(labels, swapped=swapped)
        fields: dict[str, Any] = {
            name: (literal_type(pair), ...) for name, pair in choices.items()
        }
        answer = reasoner.ask(
            dossier.render(swapped * _SHUFFLE_SEED),
            task,
            create_model("Pairs", **fields),
        )
        spent += answer.spent
        if answer.reply is None:
            return {}, spent, answer.problem
        for name, (first, second) in choices.items():
            winner = getattr(answer.reply, name)
            won[winner] += 1
            lost[second if winner == first else first] += 1
    scores = {label: log(won[label] / lost[label]) for label in labels}
    lowest = min(scores.values())
    return {e: scores.get(e, lowest) for e in BASIC_EMOTIONS}, spent, ""


def _pair_fields(labels: Sequence[str], *, swapped: bool) -> dict[str, tuple[str, str]]:
    """Field of the reply to the pair of labels that it decides."""
    pairs = list(combinations(labels, 2))
    if swapped:
        pairs = [(second, first) for first, second in reversed(pairs)]
    return {f"{first}_or_{second}": (first, second) for first, second in pairs}


def _example() -> tuple[Evidence, ...]:
    """Evidence of a made-up clip, with everything that a dossier can hold."""
    span, source = Span(start=0.0, end=2.0), Provenance(model="none")
    pitch = Measurement(value=98.0, unit="Hz", low=110.0, high=220.0)
    vote = {emotion: float(emotion == "sad") for emotion in BASIC_EMOTIONS}
    return (
        Evidence(id="F1", modality="face", span=span, quality=0.5, provenance=source,
                 observation="Smiles from 0.0 s to 1.0 s."),
        Evidence(id="P1", modality="prosody", span=span, quality=0.5,
                 provenance=source, observation="Pitch is low.",
                 measurements={"pitch": pitch}),
        Evidence(id="T1", modality="transcript", span=span, quality=0.5,
                 provenance=source, distribution=vote,
                 observation='The words "I see." read most as sad (1.00).'),
    )  # fmt: skip
