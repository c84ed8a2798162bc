"""`affectgraph train`: the recipes that wrote the weights that ship."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from affectgraph.tools.errors import SettingError

_RECIPES = {
    "face": "affectgraph.tools.face.training",
    "prosody": "affectgraph.tools.prosody.training",
    "transcript": "affectgraph.tools.transcript.training",
    "fusion": "affectgraph.graphs.training",
}

What = Annotated[
    str, typer.Argument(metavar="WHAT", help="face, prosody, transcript or fusion.")
]
Data = Annotated[Path, typer.Option("--data", help="Folder of labelled data.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the weights.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed; the same gives the same.")]


def train(what: What, data: Data, out: Out, seed: Seed = 0) -> None:
    """Train one sense, or fusion, and print the figures of its card.

    Example: affectgraph train prosody --data data --out weights
    """
    if what not in _RECIPES:
        raise SettingError(
            f"{what!r} cannot be trained; there are {', '.join(_RECIPES)}"
        )
    if not data.is_dir():
        raise SettingError(f"{data}: not a folder; see the model cards for its layout")
    try:
        recipe = import_module(_RECIPES[what])
    except ImportError as error:
        raise SettingError(
            f"{error.name} is not installed; run pip install 'affectgraph[train]'"
        ) from error
    out.mkdir(parents=True, exist_ok=True)
    recipe.train(data, out, seed=seed)
