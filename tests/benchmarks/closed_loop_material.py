"""Voices and faces as numbers that know no label, for `closed_loop.py`; kept in OUT."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from face_perturbations import FACE
from numpy.typing import NDArray
from perturbation import Perturbation
from torch.nn import functional
from voice_perturbations import VOICE

from affectgraph.agents.training.face.data import read, without_duplicates
from affectgraph.agents.training.prosody.data import read_recordings
from affectgraph.agents.training.prosody.features import Voices, extract_versions
from affectgraph.agents.training.prosody.recipe import load_voices
from affectgraph.agents.training.prosody.validation import folds
from affectgraph.graphs.augment.quality_filter import (
    ClipTraits,
    DescriptionLengths,
    check_quality,
)
from affectgraph.tools.audio.voice_activity import find_speech
from affectgraph.tools.face.alignment import clearness
from affectgraph.tools.prosody.acoustics import FEATURE_NAMES
from affectgraph.tools.prosody.measures import UNITS

SEEDS = range(5)
LABELLED = 0.1
COPIES = 2
STRENGTH = 0.5
# Numbers a view is brought down to, by principal components of all clips.
WIDTH = 256
# Whisper's second layer: the columns of its means and deviations after the plain ones.
LAYERS, LAYER, STATES = 3, 1, 512
PATCH, STEP, CENTRES, ROUNDS = 6, 2, 48, 15

Array = NDArray[np.float32]
Index = NDArray[np.int64]
Names = NDArray[np.str_]


@dataclass(frozen=True)
class Material:
    """Clips of one kind, n of them.

    Attributes:
        name: Of the kind.
        views: Two ways of seeing each clip, neither learned from labels: [n, w] each.
        copies: The same of perturbed copies, [n, copies, w] each; NaN without.
        label: Index into the basic emotions, [n].
        stratum: The corpus; figures are means over them, [n].
        group: What is resampled together: the speaker, or the face itself, [n].
        usable: It passes what the low filter can say of it, [n].
        splits: Clips to learn from and unseen ones to judge on, by seed.
        steps: Of learning.
    """

    name: str
    views: tuple[Array, Array]
    copies: tuple[Array, Array]
    label: Index
    stratum: Names
    group: Names
    usable: NDArray[np.bool_]
    splits: Callable[[int], list[tuple[Index, Index]]]
    steps: int


def drawn(label: Index, stratum: Names, seed: int) -> NDArray[np.bool_]:
    """The tenth whose labels are known: of every label in every stratum."""
    place = np.random.default_rng(seed).random(len(label))
    chosen = np.zeros(len(label), dtype=bool)
    for kind in np.unique(stratum):
        for number in np.unique(label[stratum == kind]):
            mine = np.flatnonzero((stratum == kind) & (label == number))
            first = mine[np.argsort(place[mine])]
            chosen[first[: max(1, round(LABELLED * len(mine)))]] = True
    return chosen


def ever_drawn(label: Index, stratum: Names) -> Index:
    """Clips whose labels are known for at least one seed."""
    chosen = [drawn(label, stratum, seed) for seed in SEEDS]
    return np.flatnonzero(np.any(chosen, axis=0))


def voices(data: Path, out: Path) -> Material:
    """RAVDESS, EmoDB and nEMO; unseen are half of the speakers at a time."""
    found = load_voices(data, out)
    index, changed = kept_in(
        out / "loop-voices.npz", lambda: perturbed_voices(data, found)
    )
    clean = found.features[:, 0]
    first = len(FEATURE_NAMES) + LAYER * STATES
    layer = np.arange(first, first + STATES)
    columns = np.arange(len(FEATURE_NAMES)), np.r_[layer, layer + LAYERS * STATES]
    pairs = [reduced(clean[:, c], changed[..., c], index) for c in columns]
    noise = found.measures[:, list(UNITS).index("harmonicity")]
    return Material(
        name="voices",
        views=(pairs[0][0], pairs[1][0]),
        copies=(pairs[0][1], pairs[1][1]),
        label=found.emotion,
        stratum=found.corpus,
        group=found.speaker,
        usable=sifted("prosody", 10 * found.seconds, 10 * noise),
        splits=lambda seed: halves(found, seed),
        steps=300,
    )


def halves(found: Voices, seed: int) -> list[tuple[Index, Index]]:
    """Every speaker is unseen once, corpora spread evenly."""
    parts = [test for _, test in folds(found, seed)]
    one, other = np.concatenate(parts[::2]), np.concatenate(parts[1::2])
    return [(one, other), (other, one)]


def perturbed_voices(data: Path, found: Voices) -> tuple[Index, Array]:
    """Features of perturbed copies of every recording that is ever drawn."""
    wanted = set(ever_drawn(found.emotion, found.corpus).tolist())
    spoken = (r for r in read_recordings(data) if find_speech(r.signal[: 30 * 16_000]))
    rows = {}
    for number, recording in enumerate(spoken):
        if number not in wanted:
            continue
        heard = [
            extract_versions(changed, 1, np.random.default_rng(0))
            for changed in changed_copies(VOICE, recording.signal, number)
        ]
        nothing = np.full(found.features.shape[-1], np.nan, np.float32)
        rows[number] = [one.features[0] if one else nothing for one in heard]
    index = np.array(sorted(rows))
    return index, np.array([rows[number] for number in index], np.float32)


def faces(data: Path, out: Path) -> Material:
    """FER2013 by its own labels; unseen are the validation images."""
    unseen = without_duplicates(read(data / "faces" / "fer2013_validation.npz"))
    known = without_duplicates(read(data / "faces" / "fer2013_train.npz"), seen=unseen)
    pixels = np.concatenate([known.pixels, unseen.pixels])
    label = np.concatenate([known.labels, unseen.labels])
    where = np.arange(len(label)) < len(known.labels)
    stratum = np.where(where, "known", "unseen")
    index = ever_drawn(label, stratum)
    index = index[where[index]]
    views = kept_in(out / "loop-faces.npz", lambda: seen(pixels, index))
    pairs = [
        reduced(plain, changed.reshape(len(index), COPIES, -1), index)
        for plain, changed in (views[:2], views[2:])
    ]
    clear = np.array([clearness(face) for face in pixels])
    split = np.flatnonzero(where), np.flatnonzero(~where)
    return Material(
        name="faces",
        views=(pairs[0][0], pairs[1][0]),
        copies=(pairs[0][1], pairs[1][1]),
        label=label,
        stratum=stratum,
        group=np.arange(len(label)).astype(str),
        usable=sifted("face", *(1000 * clear.T)),
        splits=lambda seed: [split],
        steps=600,
    )


def seen(pixels: NDArray[np.uint8], index: Index) -> tuple[Array, ...]:
    """Both views of all faces, and of the perturbed copies of some."""
    copies = [
        changed[..., 0]
        for number in index
        for changed in changed_copies(
            FACE, np.repeat(pixels[number][..., None], 3, axis=-1), int(number)
        )
    ]
    both = pixels, np.stack(copies)
    centres = patch_centres(pixels)
    gradient, patch = [gradients(p) for p in both], [patches(p, centres) for p in both]
    return gradient[0], gradient[1], patch[0], patch[1]


def changed_copies(
    kinds: dict[str, Perturbation], sample: NDArray, number: int
) -> Iterator[NDArray]:
    """Perturbed copies of a clip, each by another perturbation."""
    chosen = np.random.default_rng(number).permutation(list(kinds))[:COPIES]
    for kind in chosen:
        yield kinds[kind](sample, STRENGTH, number).data


def gradients(pixels: NDArray[np.uint8]) -> Array:
    """Histograms of gradients: Dalal & Triggs (2005), float32 [n, 900]."""
    hog = cv2.HOGDescriptor((48, 48), (16, 16), (8, 8), (8, 8), 9)
    return np.stack([hog.compute(face).ravel() for face in pixels])


def patch_centres(pixels: NDArray[np.uint8]) -> tuple[Array, Array]:
    """Typical patches, found without labels: Coates, Lee & Ng (2011).

    Returns:
        The mean patch [36], and the matrix [36, k] that whitens a patch and projects it
        on the typical ones.
    """
    rng = np.random.default_rng(0)
    some = torch.tensor(pixels[rng.choice(len(pixels), 2500, replace=False)])
    rows = normal_patches(some)[:, rng.choice(22 * 22, 30, replace=False)].flatten(0, 1)
    sample = rows.numpy()
    mean = sample.mean(axis=0)
    values, axes = np.linalg.eigh(np.cov((sample - mean).T))
    white = (axes / np.sqrt(values + 0.1)) @ axes.T
    whitened = (sample - mean) @ white
    centres = whitened[rng.choice(len(whitened), CENTRES, replace=False)]
    for _ in range(ROUNDS):
        centres /= np.linalg.norm(centres, axis=1, keepdims=True) + 1e-6
        score = whitened @ centres.T
        nearest = np.abs(score).argmax(axis=1)
        onto = np.eye(CENTRES)[nearest] * score
        centres = onto.T @ whitened
    centres /= np.linalg.norm(centres, axis=1, keepdims=True) + 1e-6
    return mean.astype(np.float32), (white @ centres.T).astype(np.float32)


def patches(pixels: NDArray[np.uint8], centres: tuple[Array, Array]) -> Array:
    """How much of each typical patch is in each ninth of a face, [n, 18 k]."""
    mean, project = (torch.tensor(part) for part in centres)
    rows = []
    for part in torch.tensor(pixels).split(200):
        score = (normal_patches(part) - mean) @ project
        both = torch.cat([(score - 0.25).relu(), (-score - 0.25).relu()], dim=2)
        maps = both.transpose(1, 2).unflatten(2, (22, 22))
        rows.append(functional.adaptive_avg_pool2d(maps, 3).flatten(1).numpy())
    return np.concatenate(rows)


def normal_patches(pixels: torch.Tensor) -> torch.Tensor:
    """Patches of faces without their brightness and contrast, [n, 484, 36]."""
    cut = functional.unfold(pixels[:, None].float(), PATCH, stride=STEP).transpose(1, 2)
    cut = cut - cut.mean(dim=2, keepdim=True)
    return cut / (cut.square().mean(dim=2, keepdim=True) + 10.0).sqrt()


def reduced(plain: Array, changed: Array, index: Index) -> tuple[Array, Array]:
    """Principal components of clips, and of the copies of some of them."""
    mean, scale = plain.mean(axis=0), plain.std(axis=0) + 1e-6
    rows = ((plain - mean) / scale).clip(-5, 5)
    _, axes = np.linalg.eigh(rows.T @ rows)
    axes = axes[:, ::-1][:, :WIDTH]
    found = rows @ axes
    size = np.sqrt(np.square(found).mean())
    copies = np.full((len(plain), COPIES, axes.shape[1]), np.nan, np.float32)
    copies[index] = ((changed - mean) / scale).clip(-5, 5) @ axes / size
    return (found / size).astype(np.float32), copies


def sifted(kind: str, *traits: NDArray[np.floating]) -> NDArray[np.bool_]:
    """What the graph's low filter says of a lone voice or face.

    Nothing is described here: its rule for the length of descriptions (no tails) is put
    to what there is to measure of a clip. What could not be measured does not pass.
    """
    passed = np.ones(len(traits[0]), dtype=bool)
    for values in traits:
        known = np.isfinite(values)
        whole = np.where(known, values, 0).round().astype(int)
        lengths = DescriptionLengths.fit((kind, int(value)) for value in whole[known])
        passed &= known & [
            check_quality(ClipTraits(kind=kind, words=int(value)), lengths).passed
            for value in whole
        ]
    return passed


def kept_in(file: Path, make: Callable[[], Sequence[NDArray]]) -> list[NDArray]:
    """Arrays from a file, made and written if it is not there."""
    if not file.is_file():
        partial = file.with_suffix(".partial.npz")
        np.savez(partial, *make())
        partial.replace(file)
    with np.load(file, allow_pickle=False) as arrays:
        return [arrays[name] for name in arrays.files]
