"""Does the affect space find what feels alike, whichever senses saw it?

    python tests/benchmarks/space.py DATA OUT [--map PNG]

fits the space as `affectgraph train space` does, on voices read by a head that has not
heard the speakers asked with, and prints label precision@5 beside plain concatenation,
unaligned principal components, the senses' own distributions, and the space with a
plain mean in place of attention. OUT is the folder of the recipes: vectors kept there
are used again. `--map` draws clips never learned from in two dimensions, before and
after. Needs the extra `train`.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from affectgraph.agents.training.affect_space.data import VectorSplit, load_vectors
from affectgraph.agents.training.affect_space.figures import (
    Vectors,
    concatenated,
    distributions,
    figures_table,
    measure_spaces,
    unaligned,
)
from affectgraph.agents.training.affect_space.network import DIMENSION
from affectgraph.agents.training.affect_space.recipe import fit, make_projector
from affectgraph.tools.emotions import BASIC_EMOTIONS

MARKS = {"face": "o", "prosody": "^", "transcript": "s"}
SHOWN = 30


def draw(split: VectorSplit, ways: dict[str, Vectors], target: Path) -> None:
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot
    from sklearn.manifold import TSNE

    chance = np.random.default_rng(0)
    shown = {n: m.sample_per_label(SHOWN, chance) for n, m in split.test.items()}
    colours = pyplot.get_cmap("Dark2").colors[: len(BASIC_EMOTIONS)]
    figure, axes = pyplot.subplots(1, len(ways), figsize=(5 * len(ways), 5.4))
    for axis, (title, make) in zip(axes, ways.items(), strict=True):
        vectors = np.concatenate([make({n: m}) for n, m in shown.items()])
        flat = TSNE(metric="cosine", init="random", random_state=0, perplexity=40)
        places = iter(flat.fit_transform(vectors))
        for name, material in shown.items():
            xy = np.array([next(places) for _ in material.label])
            axis.scatter(
                *xy.T,
                c=[colours[number] for number in material.label],
                marker=MARKS[name],
                s=14,
                linewidths=0,
                label=name,
            )
        axis.set(title=title, xticks=[], yticks=[])
    patches = [
        pyplot.Line2D([], [], marker="o", linestyle="", color=colour, label=emotion)
        for colour, emotion in zip(colours, BASIC_EMOTIONS, strict=True)
    ]
    marks = [
        pyplot.Line2D([], [], marker=m, linestyle="", color="grey", label=n)
        for n, m in MARKS.items()
    ]
    figure.legend(handles=[*patches, *marks], loc="lower center", ncols=5)
    figure.tight_layout(rect=(0, 0.1, 1, 1))
    figure.savefig(target, dpi=90)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--map", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    split = load_vectors(chosen.data, chosen.out, seed=0, shipped_head=False)
    network = fit(split, 0)
    space = make_projector(network)
    plain = unaligned(split, DIMENSION)
    ways = {
        "concatenation": concatenated(split),
        "principal components": plain,
        "distributions": distributions,
        "affect space": space,
    }
    print(figures_table(measure_spaces(split, ways)), flush=True)
    with torch.no_grad():
        for layer in network.score.values():
            layer.weight.zero_()
            layer.bias.zero_()
    print(figures_table(measure_spaces(split, {"affect space, plain mean": space})))
    if chosen.map:
        after = make_projector(fit(split, 0))
        draw(split, {"unaligned": plain, "affect space": after}, chosen.map)


if __name__ == "__main__":
    main()
