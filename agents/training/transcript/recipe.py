"""Training recipe of the transcript sense: `affectgraph train transcript`."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from affectgraph.agents.training.transcript.augmented import example, said_in
from affectgraph.agents.training.transcript.calibration import (
    balance,
    fit_register,
    fit_thresholds,
)
from affectgraph.agents.training.transcript.data import (
    NON_COMMERCIAL,
    Example,
    comments,
    dialogues,
    held_out,
    word_labels,
)
from affectgraph.agents.training.transcript.export import export, write_contract
from affectgraph.agents.training.transcript.figures import (
    basic_report,
    interval,
    macro_f1,
    majority_report,
    quality_report,
    tfidf_report,
    words_f1,
)
from affectgraph.agents.training.transcript.network import EmotionNetwork, learn
from affectgraph.tools import weights
from affectgraph.tools.augment.augmented import AugmentedClip, summarize_clips
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.atomic_write import atomic_write
from affectgraph.tools.transcript.emotion import (
    NETWORK,
    calibrate_logits,
    estimate_quality,
)
from affectgraph.tools.transcript.encoding import MAX_TOKENS, TextEncoder, pad_batch

START = "minilm-l6"
COMMENTS_APART = 0.06
DIALOGUES_APART = 0.1

Outputs = list[NDArray[np.float32]]


@dataclass(frozen=True)
class Sets:
    """One kind of text: learned from, held out to calibrate, and kept for figures."""

    learned: list[Example]
    apart: list[Example]
    dev: list[Example]


def train(
    data: Path,
    out: Path,
    *,
    seed: int = 0,
    without: tuple[str, ...] = (),
    more: Sequence[AugmentedClip] = (),
) -> None:
    """Fine-tune MiniLM-L6 on comments and dialogue, calibrate, export, and report.

    Args:
        data: Folder in the shared layout; `text/` in it is read.
        out: Where `transcript-emotion.onnx` goes. Learned 32-bit weights are kept
            beside it: with them there already, only the steps after learning run.
        seed: Of the split, the order and the heads; one seed on one processor gives
            one result.
        without: Sets to leave out: `training_data.NON_COMMERCIAL` is MELD, whose terms
            allow research only; speech is then read with the head for comments.
        more: Augmented clips to learn from, too, as dialogue where there is any, and
            not to be judged on.

    Raises:
        SettingError: If `without` names another set, or an augmented clip cannot be
            opened.
        WeightsError: If the pretrained MiniLM-L6 is missing, or, for augmented speech,
            the recogniser.
    """
    if set(without) - set(NON_COMMERCIAL):
        raise SettingError(f"transcript can learn without 'meld' only, not {without}")
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    folder = data / "text"
    written = _sets(comments(folder, "train"), comments(folder, "dev"), COMMENTS_APART)
    spoken = (
        _sets(dialogues(folder, "train"), dialogues(folder, "dev"), DIALOGUES_APART)
        if "meld" not in without
        else None
    )
    if more:
        _add(more, spoken or written)
    start = weights.folder(START)
    network, encoder = EmotionNetwork(start), TextEncoder(start / "tokenizer.json")
    learned = out / f"transcript-{seed}-{_named(without, more)}.safetensors"
    _learn_once(network, encoder, written, spoken, learned, seed)
    export(network, out / NETWORK)
    contract = _calibrate(out / NETWORK, encoder, word_labels(folder), written, spoken)
    write_contract(out / NETWORK, contract)
    _report(out / NETWORK, encoder, contract, "written", written)
    if spoken:
        _report(out / NETWORK, encoder, contract, "spoken", spoken)


def _add(more: Sequence[AugmentedClip], sets: Sets) -> None:
    """Learn from augmented texts, too, except what is to be judged on."""
    known = {example.text for example in (*sets.learned, *sets.apart, *sets.dev)}
    said = [(one, text) for one, text in said_in(more) if text not in known]
    sets.learned.extend(example(one, text) for one, text in said)
    print(summarize_clips([one for one, _ in said]))


def _named(without: tuple[str, ...], more: Sequence[AugmentedClip]) -> str:
    """What was learned from, in a few letters."""
    name = "-".join(without) or "all"
    if not more:
        return name
    told = "".join(one.model_dump_json() for one in more)
    return f"{name}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _learn_once(
    network: EmotionNetwork,
    encoder: TextEncoder,
    written: Sets,
    spoken: Sets | None,
    file: Path,
    seed: int,
) -> None:
    """Fit the network, or take what was learned before from its file."""
    if not file.exists():
        turns = spoken.learned if spoken else []
        learn(network, encoder, written.learned, turns, seed)
        with atomic_write(file) as partial:
            save_file(network.state_dict(), partial)
    network.load_state_dict(load_file(file))
    if spoken is None:
        network.spoken.load_state_dict(network.written.state_dict())


def _sets(train: list[Example], dev: list[Example], share: float) -> Sets:
    """Split; what is in the training file too is no proof in the other."""
    known = {(example.text, example.context) for example in train}
    fresh = [e for e in dev if (e.text, e.context) not in known]
    return Sets(*held_out(train, share, seed=0), fresh)


def predict(file: Path, encoder: TextEncoder, examples: Sequence[Example]) -> Outputs:
    """Outputs of the exported network, a row an example."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    rows = [encoder(example.text, example.context) for example in examples]
    order = np.argsort([len(ids) for ids, _ in rows], kind="stable")
    parts = [
        session.run(None, pad_batch([rows[i] for i in order[start : start + 32]]))
        for start in range(0, len(order), 32)
    ]
    back = np.argsort(order)
    return [np.concatenate(column)[back] for column in zip(*parts, strict=True)]


def _calibrate(
    file: Path,
    encoder: TextEncoder,
    labels: list[str],
    written: Sets,
    spoken: Sets | None,
) -> dict[str, Any]:
    """The contract: what the sense has to know to read the outputs."""
    _, comment, words, _ = predict(file, encoder, written.apart)
    of_written = fit_register(comment, written.apart, macro_f1)
    of_spoken = of_written
    if spoken:
        turns = predict(file, encoder, spoken.apart)[0]
        of_spoken = fit_register(turns, spoken.apart, balance)
    told = [one.words for one in written.learned if one.words.any()]
    shares = np.mean(told, axis=0)
    return {
        "classes": BASIC_EMOTIONS,
        "words": labels,
        "word_shares": shares.round(5).tolist(),
        "word_thresholds": fit_thresholds(words, written.apart),
        "written": of_written,
        "spoken": of_spoken,
        "longest": MAX_TOKENS,
    }


def _report(
    file: Path,
    encoder: TextEncoder,
    contract: dict[str, Any],
    register: str,
    sets: Sets,
) -> None:
    """Print the figures of one register on held-out and development texts."""
    plain = {"bias": [0.0] * len(BASIC_EMOTIONS), "temperature": 1.0}
    for part, examples in (("held out", sets.apart), ("dev", sets.dev)):
        outputs = predict(file, encoder, examples)
        logits = outputs[0 if register == "spoken" else 1]
        title = f"{register}, {part}"
        after, before = (
            calibrate_logits(logits, c) for c in (contract[register], plain)
        )
        print(*basic_report(title, examples, after, before), sep="\n")
        words = [len(example.text.split()) for example in examples]
        trust = [
            estimate_quality(*row, contract[register])
            for row in zip(after, words, strict=True)
        ]
        print(quality_report(title, examples, after, np.array(trust)))
        print(majority_report(title, examples))
        print(tfidf_report(title, sets.learned, examples))
        if register == "written":
            print(_words_line(title, examples, outputs[2], contract))


def _words_line(
    name: str,
    examples: Sequence[Example],
    logits: NDArray[np.float32],
    contract: dict[str, Any],
) -> str:
    truth = np.stack([example.words for example in examples]) > 0
    guess = 1 / (1 + np.exp(-logits)) > np.array(contract["word_thresholds"])
    score = interval(
        np.arange(len(truth)), lambda rows: words_f1(truth[rows], guess[rows])
    )
    return f"{name}: 28 words, macro F1 {score}"
