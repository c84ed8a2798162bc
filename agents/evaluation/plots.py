"""Plots of an evaluation: confusion, reliability, risk and quality curves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from affectgraph.agents.evaluation.figures import Answers, Figures
from affectgraph.agents.evaluation.metrics import BINS, confidence_bins, risk_curve
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.io.atomic_write import atomic_write, make_folder

_DPI = 130
_GROUPS = 5


def draw_plots(
    answers: Mapping[str, Answers], final: Figures, folder: Path
) -> list[Path]:
    """Write the plots as PNG files.

    Args:
        answers: By configuration; the last is the one evaluated.
        final: Figures of that one.
        folder: Where they go; created if it is missing.

    Returns:
        The files.
    """
    make_folder(folder)
    *_, last = answers.values()
    plots = {
        "confusion.png": _confusion(final),
        "reliability.png": _reliability(last),
        "risk-coverage.png": _risk_coverage(answers),
        "quality.png": _quality(answers),
    }
    for name, figure in plots.items():
        with atomic_write(folder / name) as partial:
            figure.savefig(partial, dpi=_DPI, bbox_inches="tight", format="png")
    return [folder / name for name in plots]


def _axes(title: str, x: str, y: str) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4.2))
    axes = figure.subplots()
    axes.set(title=title, xlabel=x, ylabel=y)
    return figure, axes


def _confusion(final: Figures) -> Any:
    figure, axes = _axes("Confusion", "answered", "true")
    table = np.array([list(row.values()) for row in final.confusion.values()])
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ticks = range(len(BASIC_EMOTIONS))
    axes.set_xticks(ticks, BASIC_EMOTIONS, rotation=45, ha="right")
    axes.set_yticks(ticks, BASIC_EMOTIONS)
    for i, j in np.ndindex(table.shape):
        colour = "white" if shares[i, j] > 0.5 else "black"
        axes.text(j, i, table[i, j], ha="center", va="center", color=colour, size=8)
    return figure


def _reliability(answers: Answers) -> Any:
    figure, axes = _axes("Reliability", "confidence", "accuracy")
    right = answers.truth == answers.answer
    bins = confidence_bins(answers.confidence)
    for number in np.unique(bins):
        inside = bins == number
        axes.bar(
            (number + 0.5) / BINS, right[inside].mean(), width=0.9 / BINS, color="C0"
        )
    axes.plot([0, 1], [0, 1], "--", color="grey")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    return figure


def _risk_coverage(answers: Mapping[str, Answers]) -> Any:
    figure, axes = _axes("Risk against coverage", "coverage", "share wrong")
    for name, answered in answers.items():
        curve = risk_curve(answered.confidence, answered.truth == answered.answer)
        axes.plot(np.arange(1, len(curve) + 1) / len(curve), curve, label=name)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.legend(fontsize=8)
    return figure


def _quality(answers: Mapping[str, Answers]) -> Any:
    """Accuracy of each sense in groups of equal size, by its quality."""
    figure, axes = _axes("Quality of each sense", "mean quality", "accuracy")
    for name, answered in answers.items():
        order = np.flatnonzero(np.isfinite(answered.quality))
        if len(order) < _GROUPS:
            continue
        right = answered.truth == answered.answer
        order = order[np.argsort(answered.quality[order], kind="stable")]
        groups = np.array_split(order, _GROUPS)
        means = [(answered.quality[g].mean(), right[g].mean()) for g in groups]
        axes.plot(*zip(*means, strict=True), marker="o", label=name)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    if axes.lines:
        axes.legend(fontsize=8)
    return figure
