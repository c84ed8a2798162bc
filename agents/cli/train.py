"""`affectgraph train`: the training recipes of the shipped weights."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from affectgraph.tools.augment.augmented import read_augmented
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.atomic_write import make_folder

_RECIPES = {
    "face": "affectgraph.agents.training.face.recipe",
    "prosody": "affectgraph.agents.training.prosody.recipe",
    "transcript": "affectgraph.agents.training.transcript.recipe",
    "speaker": "affectgraph.agents.training.speaker.recipe",
    "space": "affectgraph.agents.training.affect_space.recipe",
    "reasoner": "affectgraph.agents.training.reasoner.recipe",
    "decision": "affectgraph.agents.training.decision.recipe",
    "acts": "affectgraph.agents.training.acts.recipe",
}
# Data sets that a recipe can leave out.
_OPTIONAL_SETS = {"prosody": ("ravdess", "emodb", "nemo"), "transcript": ("meld",)}
# Recipes that can learn from augmented clips.
_TRAINABLE_ON_CLIPS = ("face", "prosody", "transcript")

What = Annotated[
    str, typer.Argument(metavar="WHAT", help=f"One of {', '.join(_RECIPES)}.")
]
Data = Annotated[Path, typer.Option(help="Folder of the labelled data.")]
Out = Annotated[Path, typer.Option(help="Folder for the weights.")]
Without = Annotated[
    list[str] | None, typer.Option(help="Data set to leave out; may be repeated.")
]
With = Annotated[
    Path | None,
    typer.Option(
        "--with",
        help="Further clips for a sense: a file that `affectgraph augment` wrote, or a "
        "CSV with path, text, label.",
    ),
]
Seed = Annotated[int, typer.Option(help="Random seed.")]


def train(
    recipe: What,
    data: Data,
    out: Out,
    without: Without = None,
    more: With = None,
    seed: Seed = 0,
) -> None:
    """Train one part of the package, and print the figures of its card.

    Example: affectgraph train prosody --data data --out weights --without ravdess
    """
    _check(recipe, data, without or (), more)
    arguments: dict[str, Any] = {"without": tuple(without)} if without else {}
    if more is not None:
        arguments["more"] = read_augmented(more)
    try:
        module = import_module(_RECIPES[recipe])
    except ImportError as error:
        raise SettingError(
            f"{error.name} is not installed; run pip install 'affectgraph[train]'"
        ) from error
    make_folder(out)
    module.train(data, out, seed=seed, **arguments)


def _check(recipe: str, data: Path, without: Sequence[str], more: Path | None) -> None:
    if recipe not in _RECIPES:
        raise SettingError(
            f"{recipe!r} cannot be trained; there are {', '.join(_RECIPES)}"
        )
    for name in without:
        if name not in _OPTIONAL_SETS.get(recipe, ()):
            sets = ", ".join(_OPTIONAL_SETS.get(recipe, ())) or "none"
            raise SettingError(
                f"--without {name}: {recipe} can do without: {sets}; see its model card"
            )
    if more is not None and recipe not in _TRAINABLE_ON_CLIPS:
        trainable = ", ".join(_TRAINABLE_ON_CLIPS)
        raise SettingError(
            f"--with {more}: {recipe} does not learn from clips; {trainable} do"
        )
    if not data.is_dir():
        raise SettingError(f"{data}: not a folder; see the model cards for its layout")
