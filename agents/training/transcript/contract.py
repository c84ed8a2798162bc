"""The contract of the network: how the sense reads its outputs, and its figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from affectgraph.agents.evaluation.bootstrap import score_interval
from affectgraph.agents.evaluation.metrics import multilabel_f1
from affectgraph.agents.training.transcript.calibration import (
    CalibrationSet,
    fit_register,
    fit_thresholds,
)
from affectgraph.agents.training.transcript.data import SarcasmScene, TextExample
from affectgraph.agents.training.transcript.figures import (
    basic_report,
    majority_report,
    quality_report,
    tfidf_report,
)
from affectgraph.agents.training.transcript.irony import fit_irony, irony_report
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.transcript.emotion import calibrate_logits, estimate_quality
from affectgraph.tools.transcript.encoding import MAX_TOKENS, TextEncoder, pad_batch
from affectgraph.tools.transcript.irony import CONTEXT_TURNS, log_softmax

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


class _Reading(NamedTuple):
    """Texts, and the outputs of the network for them."""

    examples: Sequence[TextExample]
    outputs: Outputs


def fit_contract(
    file: Path,
    encoder: TextEncoder,
    words: Sequence[str],
    written: TextSplit,
    spoken: TextSplit | None,
    others: OtherTexts,
) -> dict[str, Any]:
    """Fit what the sense has to know to read the outputs, and print figures of irony.

    Args:
        file: The exported network, without its contract.
        encoder: Of its tokens.
        words: Names of its outputs for open words.
        written: Comments.
        spoken: Lines of dialogue; None to read speech with the head for comments.
        others: Texts that it did not learn from.
    """
    turns = spoken.held_out if spoken else []
    comments, lines, scenes, neutral = (
        _Reading(examples, predict(file, encoder, examples))
        for examples in (written.held_out, turns, others.lines, others.neutral)
    )
    # The register's own texts come first.
    written_register = _fit_register(
        (comments, lines, scenes, neutral), 1, WRITTEN_WEIGHTS
    )
    spoken_register = written_register
    if spoken:
        spoken_register = _fit_register(
            (lines, comments, scenes, neutral), 0, SPOKEN_WEIGHTS
        )
    features = irony_matrix(file, encoder, others.lines)
    report = irony_report(features, scenes.outputs[0], others.scenes, spoken_register)
    print(*report, sep="\n")
    shares = np.mean([one.words for one in written.train if one.words.any()], axis=0)
    return {
        "classes": BASIC_EMOTIONS,
        "words": words,
        "word_shares": shares.round(5).tolist(),
        "word_thresholds": fit_thresholds(comments.outputs[2], written.held_out),
        "written": written_register,
        "spoken": spoken_register,
        "irony": fit_irony(features, others.scenes),
        "longest": MAX_TOKENS,
    }


def _fit_register(
    readings: Sequence[_Reading], head: int, shares: Sequence[float]
) -> dict[str, Any]:
    """Calibrate one head on texts of several domains, by the share of each."""
    sets = [
        CalibrationSet(reading.outputs[head], reading.examples, share)
        for reading, share in zip(readings, shares, strict=True)
        if reading.examples and share
    ]
    return fit_register(sets)


def predict(
    file: Path, encoder: TextEncoder, examples: Sequence[TextExample]
) -> Outputs:
    """Return the outputs of the exported network, one row per example."""
    if not examples:
        return []
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    # One at a time, as the sense does: the rounding depends on the whole batch.
    rows = (pad_batch([encoder(e.text, e.context)]) for e in examples)
    parts = [session.run(None, row) for row in rows]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


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


def print_report(
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
