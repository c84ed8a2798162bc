"""Does self-labelling pay? `python tests/benchmarks/closed_loop.py DATA OUT`.

A tenth of the training labels is known, drawn anew for each of five seeds. What a small
network learns from it is compared on unseen speakers and faces with what it learns

    a  from those alone
    b  with perturbed copies of them, where judges say that they keep their label
    c  with all other clips, labelled by a
    d  with those of them that pass the low filter
    e  with those that pass the high filter, too
    f  from all labels

Nothing here has seen the labels of the other nine tenths: neither the features
(Whisper's second layer and plain acoustic measures; gradients and typical patches of
faces), nor the labeller, nor the judges (a network for either view, and the nearest
labelled clips). The shipped senses have learned from all labels and take no part.
Labels that are not a person's are learned as distributions and count half, as with
`affectgraph train --with`.

Prints UAR and the difference to a, with 95% intervals (seeds, and speakers or faces,
resampled); how many labels pass each filter and how many of them are right. Writes
closed_loop.json and closed_loop.png to OUT, where everything is kept: a run that was
cut off goes on. About 17 CPU minutes, 14 of them hearing the voices; ten of these are
saved with the folder of an earlier `affectgraph train prosody` as OUT. Needs the extra
`train`.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from closed_loop_material import (
    SEEDS,
    Array,
    Index,
    Material,
    drawn,
    faces,
    kept_in,
    voices,
)
from label_check import check_label
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from affectgraph.graphs.augment.agreement_filter import check_agreement
from affectgraph.tools.augment.augmented import SELF_WEIGHT
from affectgraph.tools.emotions import BASIC_EMOTIONS, Distribution

ARMS = {
    "a": "a tenth of the labels",
    "b": "a, perturbed copies",
    "c": "a, self-labelled, unfiltered",
    "d": "a, self-labelled, low filter",
    "e": "a, self-labelled, both filters",
    "f": "all labels",
}
STAGES = ("unfiltered", "low filter", "both filters")
CLASSES = len(BASIC_EMOTIONS)
ONE = np.eye(CLASSES, dtype=np.float32)
HIDDEN, BATCH, RATE, DECAY, SMOOTHING = 64, 128, 3e-3, 1e-2, 0.1
NEAREST = 3
DRAWS = 1000


@dataclass(frozen=True)
class Lesson:
    """What is learned from: features [n, w], probabilities [n, 7], weights [n]."""

    x: Array
    y: Array
    weight: Array

    def beside(self, other: "Lesson") -> "Lesson":
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Lesson(*(np.concatenate(pair) for pair in pairs))


def balanced(groups: NDArray) -> Array:
    """As the recipe of the prosody sense: frequent groups count less."""
    _, group, count = np.unique(groups, return_inverse=True, return_counts=True)
    weight = count[group] ** -0.5
    return (weight / weight.mean()).astype(np.float32)


def learned(lesson: Lesson, steps: int, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    x, y, weight = (torch.tensor(part) for part in vars(lesson).values())
    network = nn.Sequential(
        nn.Dropout(0.2),
        nn.Linear(x.shape[1], HIDDEN),
        nn.GELU(),
        nn.Dropout(0.5),
        nn.Linear(HIDDEN, CLASSES),
    )
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps)
    for _ in range(steps):
        rows = torch.randint(len(x), (BATCH,))
        losses = functional.cross_entropy(
            network(x[rows]), y[rows], reduction="none", label_smoothing=SMOOTHING
        )
        optimizer.zero_grad()
        ((losses * weight[rows]).sum() / weight[rows].sum()).backward()
        optimizer.step()
        schedule.step()
    return network.eval()


def says(network: nn.Module, x: Array) -> Array:
    with torch.no_grad():
        return network(torch.tensor(x)).softmax(dim=1).numpy()


def remembered(known: Array, target: Array, x: Array) -> Array:
    """The vote of the nearest labelled clips, each by how similar it is."""
    known, x = (r / np.linalg.norm(r, axis=1, keepdims=True) for r in (known, x))
    shares = []
    for part in np.array_split(x, max(1, len(x) // 2000)):
        like = part @ known.T
        nearest = np.argpartition(-like, NEAREST, axis=1)[:, :NEAREST]
        weight = np.take_along_axis(like, nearest, axis=1).clip(1e-6)
        shares.append((target[nearest] * weight[..., None]).sum(axis=1))
    found = np.concatenate(shares)
    return found / found.sum(axis=1, keepdims=True)


def told(row: Array) -> Distribution:
    return dict(zip(BASIC_EMOTIONS, row.tolist(), strict=True))


def keeping(material: Material, mine: Index, both: Array, seed: int) -> Lesson:
    """Perturbed copies that keep their label, by a judge that never saw the clip."""
    copies = np.concatenate(material.copies, axis=2)
    parts = []
    for half in range(2):
        heard, judge_on = mine[half::2], mine[1 - half :: 2]
        judge = learned(human(material, judge_on, both), material.steps, seed)
        before = says(judge, both[heard])
        for number in range(copies.shape[1]):
            changed = copies[heard, number]
            after = says(judge, np.nan_to_num(changed))
            same = [
                check_label(BASIC_EMOTIONS[label], told(one), told(other)).kept
                for label, one, other in zip(
                    material.label[heard], before, after, strict=True
                )
            ]
            good = np.array(same) & np.isfinite(changed).all(axis=1)
            lesson = human(material, heard[good], both)
            parts.append(Lesson(changed[good], lesson.y, lesson.weight))
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.beside(part)
    return whole


def human(material: Material, index: Index, both: Array) -> Lesson:
    groups = np.char.add(material.stratum[index], material.label[index].astype(str))
    return Lesson(both[index], ONE[material.label[index]], balanced(groups))


def agreed(
    material: Material, mine: Index, pool: Index, said: Array, both: Array, seed: int
) -> NDArray[np.bool_]:
    """Whether the graph's crowd keeps each label; its maker is not among the judges."""
    judges = {}
    for number, view in enumerate(material.views):
        judge = learned(human(material, mine, view), material.steps, seed)
        judges[f"view {number}"] = says(judge, view[pool])
    judges["memory"] = remembered(both[mine], ONE[material.label[mine]], both[pool])
    kept = []
    for row, label in enumerate(said.argmax(axis=1)):
        votes = {name: told(shares[row]) for name, shares in judges.items()}
        kept.append(check_agreement(BASIC_EMOTIONS[label], votes).decision == "keep")
    return np.array(kept)


def one_seed(material: Material, seed: int) -> list[NDArray]:
    """Answers of each arm [6, n], -1 where a clip is never unseen; confusion tables of
    the labels that were made [3, 7, 7]; clips that each arm learned from [6]."""
    both = np.concatenate(material.views, axis=1)
    label, steps = material.label, material.steps
    answers = np.full((len(ARMS), len(label)), -1)
    tables = np.zeros((len(STAGES), CLASSES, CLASSES), int)
    sizes = np.zeros(len(ARMS))
    known = drawn(label, material.stratum, seed)
    splits = material.splits(seed)
    for train, test in splits:
        mine, pool = train[known[train]], train[~known[train]]
        base = human(material, mine, both)
        teacher = learned(base, steps, seed)
        said = says(teacher, both[pool])
        low = material.usable[pool]
        high = low & agreed(material, mine, pool, said, both, seed)
        lessons = [base, base.beside(keeping(material, mine, both, seed))]
        for stage, passed in enumerate((np.ones_like(low), low, high)):
            chosen, shares = pool[passed], said[passed]
            weight = SELF_WEIGHT * balanced(shares.argmax(axis=1))
            lessons.append(base.beside(Lesson(both[chosen], shares, weight)))
            np.add.at(tables[stage], (label[chosen], shares.argmax(axis=1)), 1)
        lessons.append(human(material, train, both))
        for arm, lesson in enumerate(lessons):
            network = learned(lesson, steps, seed) if arm else teacher
            answers[arm, test] = says(network, both[test]).argmax(axis=1)
            sizes[arm] += len(lesson.x) / len(splits)
    return [answers, tables, sizes]


def recalls(material: Material, answers: NDArray) -> tuple[NDArray, NDArray]:
    """UAR of each arm [6], and in each bootstrap [draws, 6].

    Seeds are resampled, and within each corpus the speakers or faces: the same for all
    arms, so that differences are paired.

    Args:
        material: What was judged on.
        answers: Of each seed and arm, [5, 6, n].
    """
    rng = np.random.default_rng(0)
    seeds = rng.multinomial(len(SEEDS), np.full(len(SEEDS), 1 / len(SEEDS)), DRAWS)
    seeds = np.concatenate([np.ones((1, len(SEEDS)), int), seeds])
    judged_on = answers[0, 0] >= 0
    found = []
    for kind in np.unique(material.stratum[judged_on]):
        mine = np.flatnonzero(judged_on & (material.stratum == kind))
        names, group = np.unique(material.group[mine], return_inverse=True)
        share = np.full(len(names), 1 / len(names))
        groups = rng.multinomial(len(names), share, DRAWS)
        weight = np.concatenate([np.ones((1, len(names)), int), groups])[:, group]
        truth = ONE[material.label[mine]]
        total = weight @ truth
        right = answers[:, :, mine] == material.label[mine]
        recall = np.stack(
            [[weight @ (truth * r[:, None]) for r in arms] for arms in right]
        ) / np.where(total > 0, total, np.nan)
        found.append(np.nanmean(recall, axis=3))
    by_seed = np.mean(found, axis=0)
    mean = np.einsum("bs,sab->ba", seeds, by_seed) / len(SEEDS)
    return by_seed[:, :, 0], mean


def figure(values: NDArray) -> dict[str, float]:
    low, high = np.percentile(values[1:], [2.5, 97.5])
    return {"value": float(values[0]), "low": float(low), "high": float(high)}


def summed_up(material: Material, results: list[list[NDArray]]) -> dict[str, object]:
    """Everything that is printed and drawn, as numbers."""
    answers, tables, sizes = (np.stack(part) for part in zip(*results, strict=True))
    by_seed, drawn_uar = recalls(material, answers)
    table = tables.sum(axis=0)
    right = np.trace(tables, axis1=2, axis2=3) / tables.sum(axis=(2, 3))
    unfiltered, filtered = (drawn_uar[:, list(ARMS).index(arm)] for arm in "ce")
    return {
        "e against c": figure(filtered - unfiltered),
        "arms": {
            arm: {
                "learned from": float(sizes[:, n].mean()),
                "uar": figure(drawn_uar[:, n]),
                "against a": figure(drawn_uar[:, n] - drawn_uar[:, 0]),
                "by seed": by_seed[:, n].tolist(),
            }
            for n, arm in enumerate(ARMS)
        },
        "labels": {
            stage: {
                "kept": float(table[n].sum() / table[0].sum()),
                "right": float(np.trace(table[n]) / table[n].sum()),
                "right by seed": right[:, n].tolist(),
                "kept of class": rates(table[n].sum(axis=0), table[0].sum(axis=0)),
                "right of class": rates(np.diag(table[n]), table[n].sum(axis=0)),
                "share of class": rates(table[n].sum(axis=0), table[n].sum()),
                "share in truth": rates(table[0].sum(axis=1), table[0].sum()),
            }
            for n, stage in enumerate(STAGES)
        },
    }


def rates(some: NDArray, of: NDArray) -> dict[str, float]:
    values = some / np.maximum(of, 1)
    return dict(zip(BASIC_EMOTIONS, values.tolist(), strict=True))


def show(name: str, found: dict) -> None:
    print(f"\n{name}\n\n| learned from | clips | UAR | against a |\n|---|---|---|---|")
    for arm, told in found["arms"].items():
        uar, more = written(told["uar"], ".3f"), written(told["against a"], "+.3f")
        print(f"| {arm}: {ARMS[arm]} | {told['learned from']:.0f} | {uar} | {more} |")
    print(f"\nboth filters against none: {written(found['e against c'], '+.3f')}")
    print(f"\n| labels | kept | right | {' | '.join(BASIC_EMOTIONS)} |")
    print("|---|---|---|" + "---|" * CLASSES)
    for stage, told in found["labels"].items():
        pairs = [
            (told["kept of class"][emotion], told["right of class"][emotion])
            for emotion in BASIC_EMOTIONS
        ]
        cells = [f"{some:.2f} kept, {right:.2f} right" for some, right in pairs]
        line = f"| {stage} | {told['kept']:.3f} | {told['right']:.3f} |"
        print(line, " | ".join(cells), "|", flush=True)


def written(told: dict[str, float], how: str) -> str:
    value, low, high = (format(told[key], how) for key in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def draw(found: dict[str, dict], file: Path) -> None:
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    page, panels = pyplot.subplots(1, len(found), figsize=(10, 3.4), sharey=True)
    for panel, (name, told) in zip(panels, found.items(), strict=True):
        for place, (arm, one) in enumerate(told["arms"].items()):
            uar = one["uar"]
            colour = "tab:grey" if arm in "af" else "tab:blue"
            panel.plot([uar["low"], uar["high"]], [place, place], color=colour)
            panel.plot(uar["value"], place, "o", color=colour)
            panel.plot(one["by seed"], [place] * len(SEEDS), "|", color=colour)
        panel.axvline(told["arms"]["a"]["uar"]["value"], color="0.8", zorder=0)
        panel.set(title=name, xlabel="UAR on unseen ones, 95% interval, five seeds")
        panel.set_yticks(range(len(ARMS)), [f"{a}: {t}" for a, t in ARMS.items()])
    panels[0].invert_yaxis()
    page.tight_layout()
    page.savefig(file, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    chosen.out.mkdir(parents=True, exist_ok=True)
    found = {}
    for make in (voices, faces):
        material = make(chosen.data, chosen.out)
        results = []
        for seed in SEEDS:
            file = chosen.out / f"loop-{material.name}-{seed}.npz"
            results.append(kept_in(file, lambda: one_seed(material, seed)))  # noqa: B023
        found[material.name] = summed_up(material, results)
        show(material.name, found[material.name])
    (chosen.out / "closed_loop.json").write_text(json.dumps(found, indent=1))
    draw(found, chosen.out / "closed_loop.png")


if __name__ == "__main__":
    main()
