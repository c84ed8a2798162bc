"""The folder of one report, written atomically, and its page."""

import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from affectgraph.agents.report.annotated_video import write_annotated_video
from affectgraph.agents.report.face_stills import FaceStill, extract_face_stills
from affectgraph.agents.report.sections import create_environment, section_context
from affectgraph.agents.report.timeline_image import draw_timeline
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError
from affectgraph.tools.io.arguments import AnyPath, checked_path
from affectgraph.tools.io.atomic_write import make_folder, replace, sync_folder

_FILES = ("verdict.json", "report.html", "timeline.png", "annotated.mp4")
_HASH_DIGITS = 12
_MAX_NAME_LENGTH = 60


def write(
    verdict: Verdict,
    folder: AnyPath,
    clip: Clip | None = None,
    *,
    annotate: bool = False,
    anonymize: bool = False,
) -> Path:
    """Write the report of a verdict into its own folder.

    The name of the folder contains the clip's name and hash: clips of the same name do
    not collide, and a second report on a clip replaces the first.

    Args:
        verdict: The verdict to report.
        folder: Parent folder; created if it does not exist.
        clip: The analysed clip. Without it the report has no images.
        annotate: Also write `annotated.mp4`, if the clip has video.
        anonymize: Blur every detected face in all images.

    Returns:
        The folder of the report, with `verdict.json`, `report.html` and, for a clip
        with a length, `timeline.png`.

    Raises:
        SettingError: If the folder cannot be written or is a symbolic link, or the clip
            is not the one of the verdict.
    """
    if clip is not None and clip.sha256 != verdict.clip.sha256:
        raise SettingError(
            f"{clip.info.name}: not the clip of this verdict; its hash differs"
        )
    folder = checked_path("folder", folder)
    target = folder / report_name(verdict)
    if target.is_symlink():
        raise SettingError(f"{target}: is a symbolic link; remove it")
    try:
        make_folder(folder)
        with TemporaryDirectory(dir=folder, prefix=".report-") as partial:
            temporary = Path(partial)
            _write_files(
                temporary, verdict, clip, annotate=annotate, anonymize=anonymize
            )
            _replace_files(temporary, target)
    except OSError as error:
        raise SettingError(f"{target} cannot be written: {error.strerror}") from error
    return target


def report_name(verdict: Verdict) -> str:
    """Name of the folder of a report: the clip's name and hash."""
    name = re.sub(r"[^\w-]+", "-", Path(verdict.clip.name).stem).strip("-")
    return f"{name[:_MAX_NAME_LENGTH] or 'clip'}-{verdict.clip.sha256[:_HASH_DIGITS]}"


def _write_files(
    folder: Path,
    verdict: Verdict,
    clip: Clip | None,
    *,
    annotate: bool,
    anonymize: bool,
) -> None:
    stills = {}
    if clip is not None:
        stills = extract_face_stills(verdict, clip, anonymize=anonymize)
    html = render_report(verdict, stills, with_clip=clip is not None)
    (folder / "report.html").write_text(html, encoding="utf-8")
    (folder / "verdict.json").write_text(verdict.to_json() + "\n", encoding="utf-8")
    draw_timeline(verdict, folder / "timeline.png")
    if annotate and clip is not None:
        write_annotated_video(
            verdict, clip, folder / "annotated.mp4", anonymize=anonymize
        )


def _replace_files(source: Path, target: Path) -> None:
    """Move new files over old ones, and delete old files that have no successor."""
    make_folder(target)
    for name in _FILES:
        if (source / name).exists():
            replace(source / name, target / name)
        else:
            (target / name).unlink(missing_ok=True)
    sync_folder(target)


def render_report(
    verdict: Verdict, stills: Mapping[str, FaceStill], *, with_clip: bool
) -> str:
    """Render the report as HTML; text of clips, cases and senses is escaped.

    Args:
        verdict: What to report.
        stills: Images of evidence, by its id.
        with_clip: The clip was available; otherwise the page explains why it has no
            images.
    """
    template = create_environment().get_template("report/page.html")
    return template.render(section_context(verdict, stills, with_clip=with_clip))
