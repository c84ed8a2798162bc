"""`affectgraph train`: the recipes that wrote the weights that ship."""

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
    "space": "affectgraph.agents.training.affect_space.recipe",
    "fusion": "affectgraph.agents.training.decision.fusion",
    "reasoner": "affectgraph.agents.training.reasoner.recipe",
    "decision": "affectgraph.agents.training.decision.recipe",
}
# Sets of data that a recipe can leave out.
_OPTIONAL_SETS = {"prosody": ("ravdess", "emodb", "nemo"), "transcript": ("meld",)}
# What learns from augmented clips.
_SENSES = ("face", "prosody", "transcript")

What = Annotated[
    str,
    typer.Argument(metavar="WHAT", help=f"One of {', '.join(_RECIPES)}."),
]
Data = Annotated[Path, typer.Option("--data", help="Folder of labelled data.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the weights.")]
Without = Annotated[
    list[str] | None,
    typer.Option("--without", help="Set to leave out, by name; repeat for several."),
]
With = Annotated[
    Path | None,
    typer.Option(
        "--with",
        help="Augmented clips for a sense to learn from, too: what "
        "`affectgraph augment` wrote, or a CSV of path, text, label.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="Seed; the same gives the same.")]


def train(
    what: What,
    data: Data,
    out: Out,
    without: Without = None,
    more: With = None,
    seed: Seed = 0,
) -> None:
    """Train one sense, the affect space, or fusion, and print the figures of its card.

    Example: affectgraph train prosody --data data --out weights --without ravdess
    """
    if what not in _RECIPES:
        raise SettingError(
            f"{what!r} cannot be trained; there are {', '.join(_RECIPES)}"
        )
    for name in without or ():
        if name not in _OPTIONAL_SETS.get(what, ()):
            sets = ", ".join(_OPTIONAL_SETS.get(what, ())) or "none"
            raise SettingError(
                f"--without {name}: {what} can do without: {sets}; see its model card"
            )
    if more is not None and what not in _SENSES:
        raise SettingError(
            f"--with {more}: {what} does not learn from clips; {', '.join(_SENSES)} do"
        )
    if not data.is_dir():
        raise SettingError(f"{data}: not a folder; see the model cards for its layout")
    how: dict[str, Any] = {"without": tuple(without)} if without else {}
    if more is not None:
        how["more"] = read_augmented(more)
    try:
        recipe = import_module(_RECIPES[what])
    except ImportError as error:
        raise SettingError(
            f"{error.name} is not installed; run pip install 'affectgraph[train]'"
        ) from error
    make_folder(out)
    recipe.train(data, out, seed=seed, **how)
