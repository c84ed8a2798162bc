"""Recipe of the vocal bursts: a part of `affectgraph train prosody`.

Only permissive material is learned from (EmoGator, EmoDB and made-up sounds), so that
the files belong to every set of weights.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from affectgraph.agents.evaluation.metrics import mean_recall, softmax, top_ece
from affectgraph.agents.training.onnx_files import export_onnx, save_with_contract
from affectgraph.agents.training.prosody.burst_features import (
    Bursts,
    SoundWindows,
    extract_bursts,
)
from affectgraph.agents.training.prosody.burst_network import (
    BurstNetwork,
    fit_classifier,
    predict,
    word_families,
)
from affectgraph.agents.training.prosody.export import store_in_half_precision
from affectgraph.agents.training.prosody.network import HeadSettings
from affectgraph.agents.training.prosody.validation import fit_temperature
from affectgraph.tools.io.atomic_write import atomic_savez
from affectgraph.tools.prosody.bursts import BURSTS
from affectgraph.tools.prosody.sounds import KINDS, SOUND_KINDS

_FOLDS = 5
# What one does whose burst is named by one of these words.
_VERBS = {
    "Laughs": ("amusement", "elation", "ecstasy"),
    "Sobs": ("sadness", "distress"),
    "Sighs": ("relief", "serenity", "contentment"),
    "Groans": ("pain", "distress"),
    "Cheers": ("triumph", "elation"),
}
_MIN_PRECISION, _MIN_BURSTS = 0.8, 15
# Speech of a corpus never heard may be called a burst so often, in windows of 1 s.
_MAX_FALSE_ALARMS = 0.002
_KIND_SETTINGS = HeadSettings(hidden=32, members=1, epochs=4)

Floats = NDArray[np.float64]


def train_bursts(data: Path, out: Path, *, seed: int) -> None:
    """Write both networks, and print their figures on people not learned from.

    Args:
        data: A folder in the shared layout.
        out: Folder of the two ONNX files, where features are cached.
        seed: Of made-up sounds, folds and networks.

    Raises:
        SettingError: If there are no bursts.
    """
    bursts, sounds = _load(data, out, seed=seed)
    _train_kinds(sounds, out / SOUND_KINDS, seed)
    _train_words(bursts, out / BURSTS, seed)


def _load(data: Path, out: Path, *, seed: int) -> tuple[Bursts, SoundWindows]:
    cache = out / f"bursts-{seed}.npz"
    if not cache.is_file():
        bursts, sounds = extract_bursts(data, seed=seed)
        named = {f"sounds_{name}": value for name, value in vars(sounds).items()}
        atomic_savez(cache, **vars(bursts), **named)
    with np.load(cache, allow_pickle=False) as arrays:
        parts = dict(arrays)
    windows = {n: parts.pop(n) for n in list(parts) if n.startswith("sounds_")}
    return Bursts(**parts), SoundWindows(
        **{name.removeprefix("sounds_"): value for name, value in windows.items()}
    )


def _train_words(bursts: Bursts, file: Path, seed: int) -> None:
    words, label = np.unique(bursts.word, return_inverse=True)
    held_out = np.zeros((len(label), len(words)))
    for train, test in _folds(bursts.speaker, seed):
        network = fit_classifier(bursts.features[train], label[train], len(words), seed)
        held_out[test] = predict(network, bursts.features[test])
    families = word_families(words.tolist()).astype(float)
    emotion = families.argmax(axis=1)[label]
    temperature = fit_temperature(np.log(held_out), emotion, families)
    tempered = softmax(np.log(held_out), temperature)
    basic = tempered @ families
    basic /= basic.sum(axis=1, keepdims=True)
    top = np.argsort(-held_out, axis=1)
    print(
        f"bursts, {len(words)} words: top 1 {(top[:, 0] == label).mean():.3f}, "
        f"top 5 {(top[:, :5] == label[:, None]).any(axis=1).mean():.3f}"
    )
    print(
        "bursts, basic emotions: "
        f"UAR {mean_recall(emotion, basic.argmax(axis=1)):.3f}, "
        f"calibration error {top_ece(basic, emotion):.3f}"
    )
    verbs = _fit_verbs(tempered, words, label)
    network = fit_classifier(bursts.features, label, len(words), seed)
    network.get_buffer("temperature").fill_(temperature)
    export_classifier(
        BurstNetwork(network, words.tolist()),
        {"features": torch.zeros(1, bursts.features.shape[1])},
        ["words", "emotions"],
        file,
        {"words": words.tolist(), "temperature": temperature, "verbs": verbs},
    )


def _fit_verbs(
    probability: Floats, words: NDArray[np.str_], label: NDArray[np.int64]
) -> dict[str, dict[str, object]]:
    """Choose the least probability at which each verb is right often enough.

    A verb is right if the speaker was asked to express one of its words. Verbs that
    reach no such precision are left out.
    """
    rules = {}
    for verb, verb_words in _VERBS.items():
        members = np.isin(words, verb_words)
        summed, right = probability[:, members].sum(axis=1), members[label]
        order = np.argsort(-summed)
        precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
        enough = np.flatnonzero(precision >= _MIN_PRECISION)
        count = int(enough[-1]) + 1 if len(enough) else 0
        print(f"{verb}: right {_MIN_PRECISION} in {count} of {int(right.sum())}")
        if count >= _MIN_BURSTS:
            least = float(summed[order[count - 1]])
            rules[verb] = {"words": list(verb_words), "least": least}
    return rules


def _train_kinds(sounds: SoundWindows, file: Path, seed: int) -> None:
    learned = np.isin(sounds.corpus, ("bursts", "emodb", "made"))
    held_out = np.zeros((len(sounds.kind), len(KINDS)))
    for train, test in _folds(sounds.speaker, seed):
        rows = train[learned[train]]
        network = fit_classifier(
            sounds.windows[rows], sounds.kind[rows], len(KINDS), seed, _KIND_SETTINGS
        )
        held_out[test] = predict(network, sounds.windows[test])
    burst = held_out[:, KINDS.index("burst")]
    for corpus in np.unique(sounds.corpus):
        rows = sounds.corpus == corpus
        right = held_out[rows].argmax(axis=1) == sounds.kind[rows]
        print(f"kinds of sound, {corpus}: right {right.mean():.3f}")
    unheard = np.isin(sounds.corpus, ("ravdess", "nemo"))
    limit = float(np.quantile(burst[unheard], 1.0 - _MAX_FALSE_ALARMS))
    recall = (burst[sounds.corpus == "bursts"] >= limit).mean()
    print(f"bursts from {limit:.3f}: found {recall:.3f} of the windows", flush=True)
    network = fit_classifier(
        sounds.windows[learned], sounds.kind[learned], len(KINDS), seed, _KIND_SETTINGS
    )
    example = {"windows": torch.zeros(2, sounds.windows.shape[1])}
    contract = {"kinds": KINDS, "burst_limit": limit}
    export_classifier(network, example, ["kinds"], file, contract)


def _folds(
    speaker: NDArray[np.str_], seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield train and test rows; each speaker is tested once."""
    names = np.random.default_rng(seed).permutation(np.unique(speaker))
    for number in range(_FOLDS):
        test = np.isin(speaker, names[number::_FOLDS])
        yield np.flatnonzero(~test), np.flatnonzero(test)


def export_classifier(
    network: nn.Module,
    example: Mapping[str, torch.Tensor],
    outputs: list[str],
    file: Path,
    contract: Mapping[str, object],
) -> None:
    """Write a network; the first axis of inputs and outputs is of any length."""
    rows = {0: "rows"}
    axes = {name: rows for name in (*example, *outputs)}
    partial = file.with_suffix(".full.onnx")
    export_onnx(network.eval(), example, outputs, partial, dynamic_axes=axes)
    save_with_contract(store_in_half_precision(partial), file, contract)
    partial.unlink()
