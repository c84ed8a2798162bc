"""Four made-up verdicts that the claims in `typed_claims.tsv` are about."""

from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.schema import Conflict, Contribution, MeasuredTrust
from affectgraph.memory import Case, Recalled
from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution
from affectgraph.tools.evidence import (
    Evidence,
    Measurement,
    Moment,
    Provenance,
    Span,
)

TRUSTS = {"face": 0.83, "prosody": 0.84, "transcript": 0.57}
SENSES = {"F": "face", "P": "prosody", "T": "transcript"}


def mostly(**shares: float) -> Distribution:
    """These probabilities, and the rest spread evenly."""
    rest = (1 - sum(shares.values())) / (7 - len(shares))
    return {emotion: shares.get(emotion, rest) for emotion in BASIC_EMOTIONS}


def piece(
    name: str,
    start: float,
    end: float,
    observation: str,
    measurements: dict[str, Measurement] | None = None,
    timeline: tuple[tuple[float, float, str], ...] = (),
    **shares: float,
) -> Evidence:
    """A piece of evidence; with `shares` it votes."""
    sense = SENSES[name[0]]
    return Evidence(
        id=name,
        modality=sense,
        tool=sense,
        span=Span(start=start, end=end),
        observation=observation,
        measurements=measurements or {},
        distribution=mostly(**shares) if shares else None,
        quality=0.8,
        timeline=tuple(
            Moment(span=Span(start=a, end=b), distribution=mostly(**{emotion: 0.7}))
            for a, b, emotion in timeline
        ),
        provenance=Provenance(model=sense),
    )


def measured(
    value: float, unit: str, low: float | None = None, high: float | None = None
) -> Measurement:
    return Measurement(value=value, unit=unit, low=low, high=high)


def carries(share: float, without: float, emotion: str) -> dict[str, Measurement]:
    return {f"probability of {emotion} without": measured(without, "", share, 1.0)}


def peak(seconds: float) -> dict[str, Measurement]:
    return {"peak": measured(seconds, "s")}


def case(label: str, similarity: float) -> Recalled:
    return Recalled(
        case=Case(sha256="0" * 64, label=label),
        similarity=similarity,
        modalities=("face",),
        kind="supporting",
    )


def facts(
    evidence: list[Evidence],
    terms: dict[str, dict[str, float]],
    leading: str,
    runner_up: str,
    confidence: float,
    cases: tuple[Recalled, ...] = (),
    conflict: Conflict | None = None,
) -> Facts:
    """Facts of a verdict to which each expert adds some log-odds."""
    full = {
        name: {emotion: term.get(emotion, -1.0) for emotion in BASIC_EMOTIONS}
        for name, term in terms.items()
    }
    contributions = tuple(
        Contribution(
            expert=name,
            log_odds=term[leading] - term[runner_up],
            trust=MeasuredTrust(value=TRUSTS.get(name, 1.0)),
        )
        for name, term in full.items()
    )
    return Facts(
        evidence={one.id: one for one in evidence},
        cases={f"C{number}": one for number, one in enumerate(cases, 1)},
        terms=full,
        votes={p.modality: p.distribution for p in evidence if p.distribution},
        contributions=contributions,
        leading=leading,
        runner_up=runner_up,
        confidence=confidence,
        conflicts=(conflict,) if conflict else (),
    )


SMILE = facts(
    [
        piece("F1", 0.0, 5.8, "A face is seen in 52 of 58 frames, clearest at 1.4 s, "
              "105 px large; its expression is nearest to happy (0.93).",
              timeline=((0, 1, "neutral"), (1, 2, "happy"), (2, 3, "happy"),
                        (3, 5, "happy"), (5, 5.8, "neutral")),
              happy=0.93, neutral=0.03, surprise=0.01),
        piece("F2", 1.0, 1.9, "Smiles from 1.0 s to 1.9 s, strongest at 1.4 s.",
              {"happy expression": measured(0.95, "", 0.0, 0.4), **peak(1.4)}),
        piece("F3", 0.8, 2.6, "Lip corners up (0.9) from 0.8 s to 2.6 s, strongest at "
              "1.4 s.",
              {"AU12 lip corner puller": measured(0.9, "", 0.0, 0.3), **peak(1.4)}),
        piece("P1", 0.2, 5.8, "Speaks for 5.6 s; the voice sounds most angry (0.55), "
              "then neutral (0.28).", angry=0.55, neutral=0.28, sad=0.06, happy=0.04),
        piece("P2", 0.2, 5.8, "Pitch is usual: 135 Hz, typical 133 to 166 for a voice "
              "like this.", {"pitch": measured(135, "Hz", 133, 166)}),
        piece("P3", 0.2, 5.8, "Pitch moves little: over 0.5 semitones, typical 4.8 to "
              "13.6 in neutral speech.",
              {"pitch_range": measured(0.5, "semitones", 4.8, 13.6)}),
        piece("P4", 0.2, 5.8, "The voice is pressed: 1-5 kHz lie at -6.8 dB against "
              "50-1000 Hz, typical -20.9 to -13.0 in neutral speech.",
              {"effort": measured(-6.8, "dB", -20.9, -13.0)}),
        piece("T1", 0.3, 5.5, 'The words "I miss her and I cannot stop crying." read '
              "most as sad (0.72), then fear (0.07).", sad=0.72, fear=0.07),
        piece("T2", 0.5, 0.8, 'The word "miss" carries the sadness: without it its '
              "probability falls from 0.72 to 0.57.", carries(0.72, 0.57, "sad")),
    ],
    {
        "face": {"happy": 2.87, "angry": 0.0},
        "prosody": {"happy": -1.75, "angry": 0.0},
        "transcript": {"happy": -0.01, "angry": 0.0, "sad": 0.2},
    },
    "happy", "angry", 0.46,
    (case("happy", 0.84), case("neutral", 0.87)),
    Conflict(modalities=("face", "prosody"), labels=("happy", "angry"), amount=0.9),
)  # fmt: skip

SOBS = facts(
    [
        piece("P1", 0.0, 6.2, "Speaks for 6.2 s; the voice sounds most sad (0.80), "
              "then neutral (0.10).", sad=0.80, neutral=0.10),
        piece("P2", 0.0, 6.2, "Pitch is low: 98 Hz, typical 110 to 220 for a voice "
              "like this.", {"pitch": measured(98, "Hz", 110, 220)}),
        piece("P3", 0.0, 6.2, "Speech is slow: 2.1 syllables a second, typical 3.4 to "
              "5.6 in neutral speech.",
              {"rate": measured(2.1, "syllables/s", 3.4, 5.6)}),
        piece("P5", 5.8, 6.2, "At the end the pitch falls by 3.2 semitones.",
              {"ending": measured(-3.2, "semitones")}),
        piece("T1", 0.4, 6.0, 'The words "I cannot stop crying" read most as sad '
              "(0.95), then fear (0.02).", sad=0.95, fear=0.02),
        piece("T2", 5.0, 5.6, 'The word "crying" carries the sadness: without it its '
              "probability falls from 0.95 to 0.41.", carries(0.95, 0.41, "sad")),
    ],
    {
        "transcript": {"sad": 2.40, "neutral": 0.0},
        "prosody": {"sad": 1.90, "neutral": 0.0},
        "memory": {"sad": 0.40, "neutral": 0.0},
    },
    "sad", "neutral", 0.91,
    (case("sad", 0.91), case("sad", 0.86), case("fear", 0.80)),
)  # fmt: skip

ROW = facts(
    [
        piece("F1", 0.0, 4.0, "A face is seen in 20 of 20 frames, clearest at 2.2 s, "
              "120 px large; its expression is nearest to angry (0.62).",
              timeline=((0, 1, "neutral"), (1, 2, "angry"), (2, 3, "angry"),
                        (3, 4, "angry")),
              angry=0.62, disgust=0.25, neutral=0.08),
        piece("F2", 0.4, 3.2, "Brows lowered (0.7) from 0.4 s to 3.2 s, strongest at "
              "2.2 s.", {"AU4 brow lowerer": measured(0.7, "", 0.0, 0.3), **peak(2.2)}),
        piece("F3", 1.8, 2.6, "Eyes narrowed (0.5) from 1.8 s to 2.6 s, strongest at "
              "2.2 s.",
              {"AU7 lid tightener": measured(0.5, "", 0.0, 0.3), **peak(2.2)}),
        piece("P1", 0.0, 4.0, "Speaks for 4.0 s; the voice sounds most angry (0.85), "
              "then disgusted (0.06).", angry=0.85, disgust=0.06),
        piece("P2", 0.0, 4.0, "Pitch is high: 310 Hz, typical 150 to 230 for a voice "
              "like this.", {"pitch": measured(310, "Hz", 150, 230)}),
        piece("P3", 0.0, 4.0, "Speech is fast: 6.8 syllables a second, typical 3.4 to "
              "5.6 in neutral speech.",
              {"rate": measured(6.8, "syllables/s", 3.4, 5.6)}),
        piece("P4", 0.0, 4.0, "Over the speech the pitch rises by 4.5 semitones.",
              {"pitch_move": measured(4.5, "semitones")}),
    ],
    {
        "prosody": {"angry": 2.10, "disgust": 0.0},
        "face": {"angry": 0.90, "disgust": 0.0},
        "reasoner": {"angry": -0.30, "disgust": 0.0},
        "seed": {"angry": 0.20, "disgust": 0.0},
    },
    "angry", "disgust", 0.81,
    (case("angry", 0.79), case("disgust", 0.74)),
)  # fmt: skip

TEXT = facts(
    [
        piece("T1", 0.0, 0.0, 'The words "Please don\'t leave me alone in here." read '
              "most as fear (0.61), then sad (0.22).", fear=0.61, sad=0.22),
        piece("T2", 0.0, 0.0, 'The word "alone" carries the fear: without it its '
              "probability falls from 0.61 to 0.33.", carries(0.61, 0.33, "fear")),
        piece("T3", 0.0, 0.0, 'The words "don\'t leave me" negate.'),
    ],
    {"transcript": {"fear": 1.02, "sad": 0.0}},
    "fear", "sad", 0.58,
)  # fmt: skip

SCENES = {"smile": SMILE, "sobs": SOBS, "row": ROW, "text": TEXT}
