"""`affectgraph train`: the recipes that wrote the weights that ship."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from affectgraph.agents.senses import built_in
from affectgraph.tools.errors import SettingError

Sense = Annotated[str, typer.Argument(help="face, prosody or transcript.")]
Data = Annotated[Path, typer.Option("--data", help="Folder of labelled data.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the weights.")]
Seed = Annotated[int, typer.Option("--seed", help="Seed; the same gives the same.")]


def train(sense: Sense, data: Data, out: Out, seed: Seed = 0) -> None:
    """Train the weights of one sense and print the figures of its card.

    Example: affectgraph train prosody --data data --out weights
    """
    if sense not in built_in():
        raise SettingError(f"sense {sense!r} is unknown; there are face, prosody, ...")
    if not data.is_dir():
        raise SettingError(f"{data}: not a folder; see the model cards for its layout")
    try:
        recipe = import_module(f"affectgraph.tools.{sense}.training")
    except ImportError as error:
        raise SettingError(
            f"{error.name} is not installed; run pip install 'affectgraph[train]'"
        ) from error
    out.mkdir(parents=True, exist_ok=True)
    recipe.train(data, out, seed=seed)
