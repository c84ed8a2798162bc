"""Measure how much a language model deserves to count, on labelled clips.

The model judges every clip in each way of asking, blind to the senses and to the
label; what it adds to the pool decides, by cross-fitted log loss. Labels never reach
the graph.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from affectgraph.agents.evaluation.bootstrap import Figure
from affectgraph.agents.evaluation.confidence_fit import fit_confidence, fit_thresholds
from affectgraph.agents.evaluation.metrics import Floats, Ints
from affectgraph.agents.evaluation.reasoner_weight import WeightFit, fit_weight
from affectgraph.graphs.reasoner.judgement import (
    LIKELIHOODS,
    PAIRS,
    gives_log_probabilities,
    prompt_fingerprint,
)
from affectgraph.graphs.reasoner.measurement import (
    MeasuredGain,
    MethodFigures,
    ReasonerMeasurement,
)
from affectgraph.graphs.reasoner.models import full_name
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.schema import (
    Fused,
    JudgementMethod,
    MeasuredTrust,
    ModelUsage,
)
from affectgraph.graphs.verdict.calibration import confidence_features, situation
from affectgraph.graphs.verdict.graph import graph
from affectgraph.graphs.verdict.parameters import ANY_SITUATION, decision_parameters
from affectgraph.graphs.verdict.state import Budget, Context, VerdictInput
from affectgraph.graphs.verdict.votes import MIN_PROBABILITY
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution
from affectgraph.tools.errors import SettingError

# A situation with at least as many clips gets a weight of its own.
_MIN_SITUATION = 100
_UNLIMITED = Budget(calls=10**6, tokens=10**9, seconds=10**6)


@dataclass(frozen=True)
class JudgedClip:
    """What the graph says of one clip, and what the model does.

    Attributes:
        fused: The pool without the model.
        judgements: Log-probabilities of each method, [7]; zeros without a judgement.
        costs: What each method used.
        label: The right emotion.
        group: Speaker or dialogue.
    """

    fused: Fused
    judgements: Mapping[JudgementMethod, Floats]
    costs: Mapping[JudgementMethod, ModelUsage]
    label: str
    group: str


def methods_of(reasoner: Reasoner) -> tuple[JudgementMethod, ...]:
    """Ways of asking a model: by log-probabilities if it gives them, else in pairs."""
    return LIKELIHOODS if gives_log_probabilities(reasoner) else PAIRS


def judge_clip(
    context: Context, methods: Sequence[JudgementMethod], label: str, group: str
) -> JudgedClip | None:
    """Run the graph up to its decision; None if no sense tells anything.

    Args:
        context: Of the clip; label and group do not enter it.
        methods: Ways of asking the model.
        label: The right emotion.
        group: Speaker or dialogue.
    """
    measured = replace(context, measured_methods=tuple(methods), budget=_UNLIMITED)
    start = VerdictInput(clip=context.clip.info)
    for part in graph.stream(start, context=measured, stream_mode="updates"):
        if "reason" in part:
            reasoned = part["reason"]
            break
    else:
        return None
    fused: Fused = reasoned["fused"]
    if not fused.by_modality:
        return None
    judged = {
        judgement.method: np.array(
            [judgement.log_probabilities[e] for e in BASIC_EMOTIONS]
        )
        for judgement in reasoned.get("judgements", [])
    }
    nothing = np.zeros(len(BASIC_EMOTIONS))
    costs = dict(zip(judged, reasoned.get("judgement_costs", []), strict=True))
    return JudgedClip(
        fused=fused,
        judgements={method: judged.get(method, nothing) for method in methods},
        costs=costs,
        label=label,
        group=group,
    )


def measure(reasoner: Reasoner, clips: Sequence[JudgedClip]) -> ReasonerMeasurement:
    """Decide how much a model counts.

    Args:
        reasoner: The model.
        clips: What it said of the labelled clips.

    Raises:
        SettingError: If there is no clip.
    """
    if not clips:
        raise SettingError("no clip could be judged; name others")
    fits = {method: _fit(clips, method) for method in clips[0].judgements}
    method = max(fits, key=lambda name: fits[name].gain.value)
    best, labels = fits[method], _labels(clips)
    pool = np.exp(_pool(clips))
    trust = _trust(best, len(clips), "labelled clips of affectgraph calibrate")
    rows = np.arange(len(clips))
    return ReasonerMeasurement(
        model=full_name(reasoner.name),
        fingerprint=prompt_fingerprint(reasoner),
        method=method,
        trust=trust,
        by_situation=_by_situation(clips, method),
        bias=dict(zip(BASIC_EMOTIONS, best.bias.round(4).tolist(), strict=True)),
        clips=len(clips),
        groups=len({clip.group for clip in clips}),
        accuracy_without=_accuracy(pool, labels),
        accuracy_with=_accuracy(best.pooled, labels),
        log_loss_without=float(-np.log(pool[rows, labels]).mean()),
        log_loss_with=float(-np.log(best.pooled[rows, labels]).mean()),
        methods={name: _figures(clips, name, fit) for name, fit in fits.items()},
        **(_fit_decision(clips, best) if best.is_open else {}),
    )


def _fit(clips: Sequence[JudgedClip], method: JudgementMethod) -> WeightFit:
    judged = np.stack([clip.judgements[method] for clip in clips])
    groups = [clip.group for clip in clips]
    return fit_weight(_pool(clips), judged, _labels(clips), groups)


def _trust(fit: WeightFit, n: int, measured_on: str) -> MeasuredTrust:
    interval = {name: round(v, 4) for name, v in fit.weight.model_dump().items()}
    return MeasuredTrust(**interval, n=n, measured_on=measured_on)


def _pool(clips: Sequence[JudgedClip]) -> Floats:
    """Log-probabilities of the pool, [n, 7]."""
    shares = [[c.fused.distribution[e] for e in BASIC_EMOTIONS] for c in clips]
    return np.asarray(np.log(np.maximum(np.array(shares), MIN_PROBABILITY**3)))


def _labels(clips: Sequence[JudgedClip]) -> Ints:
    return np.array([BASIC_EMOTIONS.index(clip.label) for clip in clips])


def _by_situation(
    clips: Sequence[JudgedClip], method: JudgementMethod
) -> dict[str, MeasuredTrust]:
    """Weights of situations with enough clips, if there is more than one situation."""
    members: dict[str, list[JudgedClip]] = {}
    for clip in clips:
        members.setdefault(situation(clip.fused), []).append(clip)
    if len(members) < 2:
        return {}
    return {
        name: _trust(_fit(some, method), len(some), name)
        for name, some in sorted(members.items())
        if len(some) >= _MIN_SITUATION
    }


def _fit_decision(
    clips: Sequence[JudgedClip], fit: WeightFit
) -> dict[str, dict[str, float] | dict[str, dict[str, float]]]:
    """Confidence and thresholds of the pool with the model, on cross-fitted answers."""
    labels = _labels(clips)
    answers = [
        clip.fused.model_copy(update={"distribution": distribution(row.tolist())})
        for clip, row in zip(clips, fit.pooled, strict=True)
    ]
    right = fit.pooled.argmax(axis=1) == labels
    features = [confidence_features(answer) for answer in answers]
    shipped = decision_parameters().confidence
    thresholds = fit_thresholds(fit.pooled[np.arange(len(labels)), labels])
    return {
        "confidence": fit_confidence(features, right, shipped),
        "thresholds": {ANY_SITUATION: thresholds},
    }


def _figures(
    clips: Sequence[JudgedClip], method: JudgementMethod, fit: WeightFit
) -> MethodFigures:
    costs = [clip.costs.get(method, ModelUsage()) for clip in clips]
    tokens = [cost.prompt_tokens + cost.completion_tokens for cost in costs]
    judged = np.stack([clip.judgements[method] for clip in clips]) - fit.bias
    return MethodFigures(
        n=sum(method in clip.costs for clip in clips),
        gain=_gain(fit.gain),
        accuracy_alone=_accuracy(judged, _labels(clips)),
        calls=round(float(np.mean([cost.calls for cost in costs])), 2),
        tokens=round(float(np.mean(tokens)), 1),
        seconds=round(float(np.mean([cost.seconds for cost in costs])), 2),
    )


def _gain(figure: Figure) -> MeasuredGain:
    rounded = {
        name: round(getattr(figure, name), 4) for name in ("value", "low", "high")
    }
    return MeasuredGain(**rounded)


def _accuracy(scores: Floats, labels: Ints) -> float:
    return float((scores.argmax(axis=1) == labels).mean())
