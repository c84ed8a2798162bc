"""Training recipe of the transcript sense: `affectgraph train transcript`."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray

from affectgraph.agents.evaluation.bootstrap import score_interval
from affectgraph.agents.evaluation.metrics import multilabel_f1
from affectgraph.agents.training.onnx_files import save_with_contract
from affectgraph.agents.training.transcript.augmented import (
    extract_texts,
    to_text_example,
)
from affectgraph.agents.training.transcript.calibration import (
    CalibrationSet,
    fit_register,
    fit_thresholds,
)
from affectgraph.agents.training.transcript.data import (
    NON_COMMERCIAL,
    SarcasmScene,
    TextExample,
    read_comments,
    read_dialogues,
    read_neutral_sentences,
    read_scenes,
    read_word_labels,
    split_by_group,
)
from affectgraph.agents.training.transcript.export import export
from affectgraph.agents.training.transcript.figures import (
    basic_report,
    majority_report,
    quality_report,
    tfidf_report,
)
from affectgraph.agents.training.transcript.irony import fit_irony, irony_report
from affectgraph.agents.training.transcript.multilingual import train_multilingual
from affectgraph.agents.training.transcript.network import (
    EmotionNetwork,
    fit_network,
)
from affectgraph.tools import weights
from affectgraph.tools.augment.augmented import AugmentedClip, summarize_clips
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import SettingError
from affectgraph.tools.transcript.emotion import (
    NETWORK,
    calibrate_logits,
    estimate_quality,
)
from affectgraph.tools.transcript.encoding import MAX_TOKENS, TextEncoder, pad_batch
from affectgraph.tools.transcript.irony import CONTEXT_TURNS, log_softmax

START = "minilm-l6"
HELD_OUT_COMMENTS = 0.06
HELD_OUT_DIALOGUES = 0.1
# Weights of the register's own texts, of the other register's, of sarcastic scenes and
# of neutral sentences in its calibration.
SPOKEN_WEIGHTS = (0.5, 0.0, 0.25, 0.25)
WRITTEN_WEIGHTS = (0.7, 0.15, 0.0, 0.15)

Outputs = list[NDArray[np.float32]]


@dataclass(frozen=True)
class TextSplit:
    """Texts of one register to train on, to calibrate on, and for figures."""

    train: list[TextExample]
    held_out: list[TextExample]
    dev: list[TextExample]


@dataclass(frozen=True)
class OtherTexts:
    """Texts that are never learned from: sit-com scenes, and neutral sentences."""

    scenes: list[SarcasmScene]
    neutral: list[TextExample]

    @property
    def lines(self) -> list[TextExample]:
        """The last lines of the scenes."""
        return [scene.line for scene in self.scenes]


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
        out: Folder of `transcript-emotion.onnx` and `transcript-multilingual.onnx`.
            The network is cached beside them without its contract; if it is there,
            only calibration, irony and the multilingual head are fitted.
        seed: Of the split, the order and the heads; on one processor, one seed gives
            one result.
        without: Corpora to leave out: `data.NON_COMMERCIAL` is MELD, licensed for
            research only; speech is then read with the head for comments.
        more: Augmented clips for training only; they count as dialogue if there is
            any.

    Raises:
        SettingError: If `without` names another corpus, or an augmented clip cannot be
            opened.
        WeightsError: If the pretrained MiniLM-L6 is missing, or, for augmented speech,
            the recogniser.
    """
    if set(without) - set(NON_COMMERCIAL):
        raise SettingError(f"transcript can leave out 'meld' only, not {without}")
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    folder = data / "text"
    written = _split(
        read_comments(folder, "train"), read_comments(folder, "dev"), HELD_OUT_COMMENTS
    )
    spoken = (
        _split(
            read_dialogues(folder, "train"),
            read_dialogues(folder, "dev"),
            HELD_OUT_DIALOGUES,
        )
        if "meld" not in without
        else None
    )
    if more:
        _add_augmented(more, spoken or written)
    cache = out / f"transcript-{seed}-{_data_name(without, more)}.onnx"
    _fit_or_reuse(cache, written, spoken, seed)
    encoder = TextEncoder(weights.folder(START) / "tokenizer.json")
    others = OtherTexts(read_scenes(data), read_neutral_sentences(data))
    contract = _calibrate(
        cache, encoder, read_word_labels(folder), written, spoken, others
    )
    save_with_contract(onnx.load(cache), out / NETWORK, contract)
    train_multilingual(
        written.train, written.held_out, written.dev, others.neutral, out
    )
    _report(out / NETWORK, encoder, contract, "written", written)
    if spoken:
        _report(out / NETWORK, encoder, contract, "spoken", spoken)


def _add_augmented(more: Sequence[AugmentedClip], split: TextSplit) -> None:
    """Add augmented texts to the training part, except those of other parts."""
    known = {example.text for example in (*split.train, *split.held_out, *split.dev)}
    new = [(clip, text) for clip, text in extract_texts(more) if text not in known]
    split.train.extend(to_text_example(clip, text) for clip, text in new)
    print(summarize_clips([clip for clip, _ in new]))


def _data_name(without: tuple[str, ...], more: Sequence[AugmentedClip]) -> str:
    """Name the training data briefly."""
    name = "-".join(without) or "all"
    if not more:
        return name
    dumped = "".join(clip.model_dump_json() for clip in more)
    return f"{name}-{hashlib.sha256(dumped.encode()).hexdigest()[:12]}"


def _fit_or_reuse(
    cache: Path, written: TextSplit, spoken: TextSplit | None, seed: int
) -> None:
    """Fit and export the network, unless an earlier run did."""
    if cache.exists():
        return
    start = weights.folder(START)
    network, encoder = EmotionNetwork(start), TextEncoder(start / "tokenizer.json")
    turns = spoken.train if spoken else []
    fit_network(network, encoder, written.train, turns, seed)
    if spoken is None:
        network.spoken.load_state_dict(network.written.state_dict())
    export(network, cache)


def _split(train: list[TextExample], dev: list[TextExample], share: float) -> TextSplit:
    """Split a corpus; texts of the training file are removed from the dev set."""
    known = {(example.text, example.context) for example in train}
    new = [e for e in dev if (e.text, e.context) not in known]
    return TextSplit(*split_by_group(train, share, seed=0), new)


def predict(
    file: Path, encoder: TextEncoder, examples: Sequence[TextExample]
) -> Outputs:
    """Return the outputs of the exported network, one row per example."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    # One at a time, as the sense does: the rounding depends on the whole batch.
    rows = (pad_batch([encoder(e.text, e.context)]) for e in examples)
    parts = [session.run(None, row) for row in rows]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def _calibrate(
    file: Path,
    encoder: TextEncoder,
    labels: list[str],
    written: TextSplit,
    spoken: TextSplit | None,
    others: OtherTexts,
) -> dict[str, Any]:
    """Fit the contract: what the sense has to know to read the outputs."""

    def read(examples: Sequence[TextExample]) -> Outputs:
        return predict(file, encoder, examples)

    turns = spoken.held_out if spoken else []
    texts = [written.held_out, turns, others.lines, others.neutral]
    outputs = [read(examples) if examples else [] for examples in texts]

    def fit(head: int, order: Sequence[int], shares: Sequence[float]) -> Any:
        sets = [
            CalibrationSet(outputs[which][head], texts[which], share)
            for which, share in zip(order, shares, strict=True)
            if texts[which] and share
        ]
        return fit_register(sets)

    written_register = fit(1, (0, 1, 2, 3), WRITTEN_WEIGHTS)
    spoken_register = written_register
    if spoken:
        spoken_register = fit(0, (1, 0, 2, 3), SPOKEN_WEIGHTS)
    features = irony_matrix(file, encoder, others.lines)
    scene_report = irony_report(features, outputs[2][0], others.scenes, spoken_register)
    print(*scene_report, sep="\n")
    words_of = [one.words for one in written.train if one.words.any()]
    shares = np.mean(words_of, axis=0)
    return {
        "classes": BASIC_EMOTIONS,
        "words": labels,
        "word_shares": shares.round(5).tolist(),
        "word_thresholds": fit_thresholds(outputs[0][2], written.held_out),
        "written": written_register,
        "spoken": spoken_register,
        "irony": fit_irony(features, others.scenes),
        "longest": MAX_TOKENS,
    }


def irony_matrix(
    file: Path, encoder: TextEncoder, lines: Sequence[TextExample]
) -> NDArray[np.float64]:
    """Return `irony_features` of many lines: [n, 35]."""
    alone = [replace(line, context=()) for line in lines]
    before = [
        replace(
            line,
            text=" ".join(turn.text for turn in line.context[-CONTEXT_TURNS:]),
            context=(),
        )
        for line in lines
    ]
    in_context, own, context = (
        predict(file, encoder, examples) for examples in (lines, alone, before)
    )
    columns = in_context[0], own[0], own[1], context[0], context[1]
    return np.concatenate([log_softmax(logits) for logits in columns], axis=1)


def _report(
    file: Path,
    encoder: TextEncoder,
    contract: dict[str, Any],
    register: str,
    split: TextSplit,
) -> None:
    """Print the figures of one register on held-out and development texts."""
    uncalibrated = {
        **contract[register],
        "temperature": 1.0,
        "neutral_weight": 0.0,
    }
    for part, examples in (("held out", split.held_out), ("dev", split.dev)):
        outputs = predict(file, encoder, examples)
        logits = outputs[0 if register == "spoken" else 1]
        title = f"{register}, {part}"
        after, before = (
            calibrate_logits(logits, c) for c in (contract[register], uncalibrated)
        )
        print(*basic_report(title, examples, after, before), sep="\n")
        words = [len(example.text.split()) for example in examples]
        qualities = [
            estimate_quality(*row, contract[register])
            for row in zip(after, words, strict=True)
        ]
        print(quality_report(title, examples, after, np.array(qualities)))
        print(majority_report(title, examples))
        print(tfidf_report(title, split.train, examples))
        if register == "written":
            print(_words_line(title, examples, outputs[2], contract))


def _words_line(
    name: str,
    examples: Sequence[TextExample],
    logits: NDArray[np.float32],
    contract: dict[str, Any],
) -> str:
    truth = np.stack([example.words for example in examples]) > 0
    guess = 1 / (1 + np.exp(-logits)) > np.array(contract["word_thresholds"])
    score = score_interval(
        np.arange(len(truth)),
        lambda rows: float(multilabel_f1(truth[rows], guess[rows]).mean()),
    )
    return f"{name}: 28 words, macro F1 {score}"
