"""Which clips follow a correction: copies found, and others taken for copies.

    python tests/benchmarks/near_copies.py DATA VOICES

compares recorded voices with disturbed copies of themselves (VOICES is the cache of
`affectgraph train prosody`, `voices-0-all.npz`), posed faces (CK+) with pictures saved
again, and lines of dialogue (MELD) with rewordings and with all other lines. Prints the
share of pairs above the cosines of `affectgraph.memory.similarity`.
"""

import argparse
import csv
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from affectgraph.memory.similarity import NEAR_COPY_COSINES, WORDING, wording
from affectgraph.tools.emotions import distribution
from affectgraph.tools.evidence import Evidence, Provenance, Span
from affectgraph.tools.face import expression
from affectgraph.tools.prosody import head
from affectgraph.tools.transcript.emotion import classify

Floats = NDArray[np.float64]
MIN_WORDING = 0.7
REWORDINGS = (
    ("Oh, just great.", "Oh, that is just great."),
    ("Sure, whatever you say.", "Yeah sure, whatever you say."),
    ("Thanks a lot.", "Thanks a lot, really."),
    ("I can't believe you did that.", "I cannot believe that you did that."),
    ("What a wonderful surprise.", "Such a wonderful surprise."),
    ("We need to talk.", "We really need to talk now."),
    ("Leave me alone.", "Just leave me alone."),
    ("You did it again.", "So you did it again."),
    ("Wow, well done.", "Well done, wow!"),
    ("It's nothing.", "It is nothing."),
    ("Everything is under control.", "Everything's under control now."),
    ("She left this morning.", "She left early this morning."),
)
# The same mood, or the opposite meaning.
OTHER_LINES = (
    ("Oh, just great.", "That's great news!"),
    ("I am not angry.", "I am angry."),
    ("I am happy.", "I am not happy."),
    ("I love her books!", "I love hiking!"),
    ("Thank you so much.", "Thank you for the flowers."),
    ("I hate this place.", "I hate you."),
)


def unit(vectors: Sequence[NDArray[np.float32]]) -> Floats:
    stacked = np.asarray(vectors, np.float64)
    result: Floats = stacked / np.linalg.norm(stacked, axis=-1, keepdims=True)
    return result


def print_pairs(name: str, cosines: Floats, limit: float) -> None:
    low, middle, high = np.quantile(cosines, [0.1, 0.5, 0.999])
    print(
        f"{name}: {len(cosines)} pairs, cosine {low:.3f} (10%), {middle:.3f} (50%), "
        f"{high:.3f} (99.9%); {(cosines >= limit).mean():.5f} above {limit}",
        flush=True,
    )


def voices(cache: Path) -> None:
    limit = NEAR_COPY_COSINES["prosody"]
    with np.load(cache, allow_pickle=False) as arrays:
        features, emotion = arrays["features"], arrays["emotion"]
        speaker = arrays["speaker"]
    whole, copies = (
        unit([r.embedding for r in head.classify_voice(features[:, copy])])
        for copy in (0, 1)
    )
    print_pairs("voice, disturbed copy", (whole * copies).sum(axis=1), limit)
    print_others("voice", whole, speaker, emotion, limit)


def faces(data: Path) -> None:
    limit = NEAR_COPY_COSINES["face"]
    with (data / "ck48" / "ck48.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    pictures = [Image.open(data / "ck48" / row["path"]).convert("L") for row in rows]
    ways: dict[str, Callable[[Image.Image], Image.Image]] = {
        "saved again": lambda p: saved(p, 60),
        "moved by a pixel": lambda p: p.transform(
            p.size, Image.Transform.AFFINE, (1, 0, 1, 0, 1, 1)
        ),
        "cropped": lambda p: p.crop((2, 2, 46, 46)),
    }
    whole = embed(pictures)
    for name, change in ways.items():
        copies = embed([change(picture) for picture in pictures])
        print_pairs(f"face, {name}", (whole * copies).sum(axis=1), limit)
    label, person = (np.array([row[n] for row in rows]) for n in ("label", "speaker"))
    print_others("face", whole, person, label, limit)


def print_others(
    name: str,
    whole: Floats,
    person: NDArray[np.str_],
    label: NDArray[Any],
    limit: float,
) -> None:
    first, second = np.triu_indices(len(whole), 1)
    cosines = (whole @ whole.T)[first, second]
    same_person, same_label = (own[first] == own[second] for own in (person, label))
    own, other = cosines[same_person & ~same_label], cosines[~same_person]
    print_pairs(f"{name}, same person, other label", own, limit)
    print_pairs(f"{name}, other person", other, limit)
    same = same_label[cosines >= limit].mean()
    print(f"{name}, all pairs above it: same label {same:.3f}", flush=True)


def saved(picture: Image.Image, quality: int) -> Image.Image:
    content = BytesIO()
    picture.save(content, "JPEG", quality=quality)
    return Image.open(content)


def embed(pictures: Sequence[Image.Image]) -> Floats:
    pixels = [np.asarray(p.resize((48, 48)), np.uint8) for p in pictures]
    readings = [
        expression.classify(pixels[first : first + 256], still=True)
        for first in range(0, len(pixels), 256)
    ]
    return unit(np.concatenate([reading.embeddings for reading in readings]))


def lines(data: Path) -> None:
    file = data / "text" / "meld_train.csv"
    with file.open(encoding="utf-8", errors="replace", newline="") as rows:
        said = list(dict.fromkeys(row["Utterance"] for row in csv.DictReader(rows)))
    said = [line for line in said if 3 <= len(line.split()) <= 14]
    chosen = np.random.default_rng(0).permutation(len(said))[:2000]
    texts = [said[number] for number in chosen]
    meaning, words = unit([r.embedding for r in classify(texts)]), worded(texts)
    pairs = np.triu_indices(len(texts), 1)
    followed = is_followed((meaning @ meaning.T)[pairs], (words @ words.T)[pairs])
    print(f"lines, all pairs: {len(followed)}, followed {followed.mean():.6f}")
    for name, group in (("reworded", REWORDINGS), ("other lines", OTHER_LINES)):
        first, second = zip(*group, strict=True)
        followed = is_followed(
            compare(first, second, lambda t: unit([r.embedding for r in classify(t)])),
            compare(first, second, worded),
        )
        print(f"lines, {name}: {len(followed)}, followed {followed.mean():.3f}")


def compare(
    first: Sequence[str], second: Sequence[str], embed: Callable[[list[str]], Floats]
) -> Floats:
    result: Floats = (embed([*first]) * embed([*second])).sum(axis=1)
    return result


def is_followed(meaning: Floats, words: Floats) -> NDArray[np.bool_]:
    return (meaning >= NEAR_COPY_COSINES["transcript"]) & (words >= MIN_WORDING)


def worded(texts: Sequence[str]) -> Floats:
    source = Provenance(model="text", sha256="0" * 64)
    pieces = [
        Evidence(
            id="T1",
            modality="transcript",
            tool="transcript",
            span=Span(start=0.0, end=1.0),
            observation='The words "{}".'.format(text.replace('"', "'")),
            distribution=distribution({}),
            quality=1.0,
            provenance=source,
        )
        for text in texts
    ]
    empty = np.ones(256, np.float32)
    return unit([wording([piece]).get(WORDING, empty) for piece in pieces])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("voices", type=Path)
    arguments = parser.parse_args()
    lines(arguments.data)
    faces(arguments.data)
    voices(arguments.voices)


if __name__ == "__main__":
    main()
