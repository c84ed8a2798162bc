"""Notebooks, pictures and generated pages of `docs/` agree with the code."""

from collections.abc import Callable
from importlib import util
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

from affectgraph import EmotionAgent
from affectgraph.agents.cli.main import app

pytestmark = pytest.mark.slow

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))


def outputs(notebook: nbformat.NotebookNode) -> list[str]:
    """What its cells printed and returned, warnings of libraries aside."""
    return [
        output.get("text") or output["data"]["text/plain"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") != "stderr"
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_it_holds(
    path: Path, alike: Callable[[str, str], bool]
) -> None:
    held = outputs(nbformat.read(path, as_version=4))
    notebook = nbformat.read(path, as_version=4)
    shown = outputs(NotebookClient(notebook, timeout=300).execute())
    assert held and len(held) == len(shown)
    for one, other in zip(held, shown, strict=True):
        assert alike(one, other), f"{one}\n{other}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_warnings_of_the_machine_it_ran_on(path: Path) -> None:
    assert "site-packages" not in path.read_text(encoding="utf-8")


def load_script(name: str) -> ModuleType:
    spec = util.spec_from_file_location(f"docs_{name}", DOCS / f"{name}.py")
    assert spec and spec.loader
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pictures_show_what_the_film_is_said_to_show() -> None:
    pictures = load_script("pictures")
    said = pictures.summary(EmotionAgent(llm=None).analyze(pictures.FILM))
    for path in sorted((DOCS / "images").glob("*.png")):
        with Image.open(path) as picture:
            assert picture.info["Description"] == said, "run: python docs/pictures.py"
        assert path.stat().st_size < 100_000


def test_the_graph_is_drawn_as_the_code_has_it() -> None:
    picture = load_script("graph_picture")
    drawn = picture.FILE.read_text(encoding="utf-8")
    assert drawn == picture.svg(), "run: python docs/graph_picture.py"


def test_no_page_draws_a_diagram_in_the_browser() -> None:
    # The theme would load the script that draws it from another server.
    pages = [page.read_text(encoding="utf-8") for page in DOCS.glob("*.md")]
    assert not any("```mermaid" in page for page in pages)


def test_the_command_line_is_told_whole() -> None:
    pytest.importorskip("mkdocs", reason="the pages of the site need the extra docs")
    page = load_script("hooks").commands()
    for entry in (*app.registered_commands, *app.registered_groups):
        assert f"## `affectgraph {entry.name}`\n" in page


def test_pages_of_the_site_have_their_sources() -> None:
    pytest.importorskip("mkdocs", reason="the pages of the site need the extra docs")
    for page, source in load_script("hooks").PAGES.items():
        assert source.is_file(), page
