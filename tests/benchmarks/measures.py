"""Are the measures of a voice right? `python tests/benchmarks/measures.py DATA`.

The rate, against sentences whose syllables are known: how often a clip is told as slow
or fast, and how often its true rate, the same seconds of speech assumed, lies within
the range. Then neutral clips: how many lie in the typical range of each measure, with
the speaker not known and known from twenty other clips. The speakers are among those
that the head has heard, and the ranges come from their neutral clips.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SenseError
from affectgraph.tools.evidence import Measurement
from affectgraph.tools.prosody import VoiceBaseline, prosody

RAVDESS = 7
EMODB = dict(a01=9, a02=8, a04=13, a05=18, a07=12, b01=15, b02=18, b03=17, b09=14)
EMODB |= {"b10": 15}
CLIPS, KNOWN, NEUTRAL = 100, 20, 6

Measured = dict[str, Measurement]


def heard(path: Path, speaker: VoiceBaseline | None = None) -> tuple[Clip, Measured]:
    clip = Clip.open(path)
    if speaker:
        speaker.attach(clip)
    return clip, dict(prosody.perceive(clip, clip.span)[0].measurements)


def spoken(data: Path) -> Iterator[tuple[str, Path, int]]:
    """Corpus, recording, and the syllables of its sentence."""
    chance = np.random.default_rng(0)
    for path in chance.permutation(sorted((data / "ravdess").glob("*.ogg")))[:CLIPS]:
        yield "RAVDESS", path, RAVDESS
    for path in chance.permutation(sorted((data / "emodb").glob("*.ogg")))[:CLIPS]:
        yield "EmoDB", path, EMODB[path.name[2:5]]


def rates(data: Path) -> None:
    found: Counter[tuple[str, str, bool]] = Counter()
    for corpus, path, syllables in spoken(data):
        try:
            _, told = heard(path)
        except SenseError:
            found[corpus, "absent", True] += 1
            continue
        if "rate" not in told:
            found[corpus, "not told", True] += 1
            continue
        rate = told["rate"]
        true = syllables / told["speech"].value
        really = rate.model_copy(update={"value": true}).direction
        found[corpus, rate.direction, really == rate.direction] += 1
    for (corpus, said, right), count in sorted(found.items()):
        print(f"{corpus}: {said}, {'right' if right else 'wrong'}: {count}")


def people(data: Path) -> Iterator[tuple[list[Path], list[Path]]]:
    """Neutral and other clips of each speaker, each in an order drawn at random."""
    chance = np.random.default_rng(0)
    for folder, who, what, calm in (
        ("ravdess", slice(18, 20), slice(6, 8), ("01", "02")),
        ("emodb", slice(0, 2), slice(5, 6), ("N",)),
    ):
        clips = chance.permutation(sorted((data / folder).glob("*.ogg")))
        for speaker in sorted({path.name[who] for path in clips}):
            mine = [path for path in clips if path.name[who] == speaker]
            neutral = [path for path in mine if path.name[what] in calm]
            yield neutral, [path for path in mine if path not in neutral]


def ranges(data: Path) -> None:
    typical: dict[str, list[tuple[bool, bool]]] = {}
    for neutral, others in people(data):
        judged, more = neutral[:NEUTRAL], neutral[NEUTRAL:][: KNOWN // 7]
        earlier = [*more, *others[: KNOWN - len(more)]]
        clips = []
        for path in earlier:
            try:
                clips.append(heard(path)[0])
            except SenseError:
                continue
        speaker = VoiceBaseline.of_clips(clips)
        for path in judged:
            (_, alone), (_, known) = heard(path), heard(path, speaker)
            for name, told in alone.items():
                pair = (told.direction == "typical", known[name].direction == "typical")
                if told.direction != "unknown":
                    typical.setdefault(name, []).append(pair)
    for name, pairs in typical.items():
        alone, known = np.mean(pairs, axis=0)
        print(f"{name}: {alone:.2f} alone, {known:.2f} known, of {len(pairs)}")


if __name__ == "__main__":
    speech = Path(sys.argv[1]) / "speech"
    rates(speech)
    ranges(speech)
