"""The folder of one report: its name, and files that are there whole or not at all."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from affectgraph.agents.report.annotated_video import film
from affectgraph.agents.report.face_stills import shots
from affectgraph.agents.report.page import page
from affectgraph.agents.report.timeline_image import draw
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.atomic_write import make_folder, replace, sync_folder

_FILES = ("verdict.json", "report.html", "timeline.png", "annotated.mp4")
_HASH_DIGITS = 12
_LONGEST_NAME = 60


def write(
    verdict: Verdict,
    folder: AnyPath,
    clip: Clip | None = None,
    *,
    annotate: bool = False,
    anonymize: bool = False,
) -> Path:
    """Write the report of a verdict into a folder of its own.

    The folder is named after the clip and its content: clips of one name do not
    collide, and writing again replaces what was written about the same clip.

    Args:
        verdict: What to report.
        folder: Where the folder of the report goes; made if it is not there.
        clip: What was analysed. Without it the report has no pictures.
        annotate: Write `annotated.mp4` too, if the clip has pictures and time.
        anonymize: Blur every face that is found, in all pictures.

    Returns:
        The folder of the report, with `verdict.json`, `report.html`, and, where the
        clip has time, `timeline.png`.

    Raises:
        SettingError: If the folder cannot be written or leads elsewhere, or the clip is
            another.
    """
    if clip is not None and clip.sha256 != verdict.clip.sha256:
        raise SettingError(
            f"{clip.info.name}: not the clip of this verdict; its hash differs"
        )
    folder = checked_path("folder", folder)
    target = folder / named(verdict)
    if target.is_symlink():
        raise SettingError(f"{target}: leads elsewhere; remove it")
    try:
        make_folder(folder)
        with TemporaryDirectory(dir=folder, prefix=".report-") as partial:
            made = Path(partial)
            _fill(made, verdict, clip, annotate=annotate, anonymize=anonymize)
            _move(made, target)
    except OSError as error:
        raise SettingError(f"{target} cannot be written: {error.strerror}") from error
    return target


def named(verdict: Verdict) -> str:
    """Name of the folder of a report: the clip's, and its content's."""
    plain = re.sub(r"[^\w-]+", "-", Path(verdict.clip.name).stem).strip("-")
    return f"{plain[:_LONGEST_NAME] or 'clip'}-{verdict.clip.sha256[:_HASH_DIGITS]}"


def _fill(
    folder: Path,
    verdict: Verdict,
    clip: Clip | None,
    *,
    annotate: bool,
    anonymize: bool,
) -> None:
    taken = {} if clip is None else shots(verdict, clip, anonymize=anonymize)
    html = page(verdict, taken, with_clip=clip is not None)
    (folder / "report.html").write_text(html, encoding="utf-8")
    (folder / "verdict.json").write_text(verdict.to_json() + "\n", encoding="utf-8")
    draw(verdict, folder / "timeline.png")
    if annotate and clip is not None:
        film(verdict, clip, folder / "annotated.mp4", anonymize=anonymize)


def _move(made: Path, target: Path) -> None:
    """Put new files in the place of old ones; what was not made anew is outdated."""
    make_folder(target)
    for name in _FILES:
        if (made / name).exists():
            replace(made / name, target / name)
        else:
            (target / name).unlink(missing_ok=True)
    sync_folder(target)
