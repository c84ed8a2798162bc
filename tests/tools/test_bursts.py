"""Sounds of a voice without words: heard, told from speech and music, and named."""

from pathlib import Path

import numpy as np
import pytest

from affectgraph.tools.clip import SAMPLING_RATE, Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Evidence, Span
from affectgraph.tools.language.vocabulary import to_basic
from affectgraph.tools.prosody import prosody
from affectgraph.tools.prosody.bursts import BURSTS, BurstReading, describe_burst
from affectgraph.tools.weights import onnx

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "agents" / "demo" / "speech.ogg"


def scream(seconds: float = 1.2) -> np.ndarray:
    """A harsh voice far above speech, as one source through two formants."""
    n = int(seconds * SAMPLING_RATE)
    times = np.arange(n) / SAMPLING_RATE
    rng = np.random.default_rng(0)
    hertz = 900.0 + 150.0 * np.sin(np.pi * times / seconds)
    hertz += 25.0 * np.sin(2 * np.pi * 70.0 * times)
    phase = 2 * np.pi * np.cumsum(hertz) / SAMPLING_RATE
    tone = sum(np.sin(k * phase) / np.sqrt(k) for k in range(1, 8))
    rough = 1.0 + 0.4 * np.sin(2 * np.pi * 80.0 * times)
    breath = 0.3 * rng.standard_normal(n)
    shape = np.minimum(1.0, np.minimum(times, seconds - times) / 0.08)
    return (0.12 * shape * (tone * rough + breath)).astype(np.float32)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * SAMPLING_RATE), dtype=np.float32)


def melody(seconds: float = 4.0) -> np.ndarray:
    notes = [262, 294, 330, 349, 392, 330, 294, 262]
    length = int(seconds * SAMPLING_RATE / len(notes))
    times = np.arange(length) / SAMPLING_RATE
    parts = [
        sum(np.sin(2 * np.pi * k * hz * times) / k**2 for k in (1, 2, 3))
        * np.exp(-3 * times)
        for hz in notes
    ]
    return (0.3 * np.concatenate(parts)).astype(np.float32)


def perceived(signal: np.ndarray) -> list[Evidence]:
    clip = Clip.open(signal)
    return prosody.perceive(clip, clip.span)


def bursts_of(evidence: list[Evidence]) -> list[Evidence]:
    digest = onnx.load(BURSTS).sha256
    return [piece for piece in evidence if piece.provenance.sha256 == digest]


def test_a_scream_is_no_absence() -> None:
    signal = np.concatenate([silence(1.0), scream(), silence(1.0)])
    (burst,) = bursts_of(perceived(signal))
    assert burst.span.start == pytest.approx(1.0, abs=0.2)
    assert burst.span.end == pytest.approx(2.2, abs=0.2)
    assert burst.distribution is not None
    assert list(burst.distribution) == list(BASIC_EMOTIONS)
    assert 0.0 < burst.quality <= 1.0
    assert burst.timeline


def test_a_burst_beside_speech_is_evidence_of_its_own() -> None:
    speech = Clip.open(DEMO).audio()
    evidence = perceived(np.concatenate([speech, silence(0.5), scream()]))
    bursts = bursts_of(evidence)
    end = len(speech) / SAMPLING_RATE
    assert bursts and all(burst.span.start > end for burst in bursts)
    assert "speech" in evidence[0].measurements
    assert evidence[0].span.end <= end + 0.1


def test_speech_alone_has_no_burst() -> None:
    assert not bursts_of(perceived(Clip.open(DEMO).audio()))


def test_music_is_neither_speech_nor_burst() -> None:
    with pytest.raises(SenseError, match="no speech found"):
        perceived(melody())


def test_every_word_of_a_burst_has_a_basic_emotion() -> None:
    words = onnx.load(BURSTS).contract["words"]
    assert len(words) == 30
    assert all(to_basic(word) in BASIC_EMOTIONS for word in words)


@pytest.mark.parametrize("verb, start", [("Laughs", "Laughs"), ("", "A vocal burst")])
def test_a_burst_is_described_plainly(verb: str, start: str) -> None:
    words = {"amusement": 0.61, "elation": 0.12, "pain": 0.01}
    reading = BurstReading(words, dict.fromkeys(BASIC_EMOTIONS, 1 / 7), verb, 0.5)
    assert describe_burst(reading, Span(start=2.1, end=3.0)) == (
        f"{start} from 2.1 s to 3.0 s; most like amusement (0.61), then elation (0.12)."
    )
