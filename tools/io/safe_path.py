"""Untrusted paths, restricted to one folder."""

from pathlib import Path

from affectgraph.tools.errors import ClipError, ClipNotFoundError, SettingError


def resolve_inside(path: str | Path, folder: Path, *, named_by: str) -> Path:
    """The file at a path, if it is inside a folder after all links are followed.

    The error for a path outside does not reveal whether a file exists there.

    Args:
        path: Absolute, or relative to the folder.
        folder: The folder that must contain the file, at any depth.
        named_by: The setting that names the folder, for messages.

    Returns:
        The path without links and `..`; it need not exist.

    Raises:
        SettingError: If it is outside.
        ClipNotFoundError: If no file can have that path.
        ClipError: If it is a folder, a pipe or a device.
    """
    root = folder.resolve()
    try:
        file = (root / path).resolve()
        exists, regular = file.exists(), file.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        # Too long, a loop of links, or a NUL.
        raise ClipNotFoundError(
            f"path {str(path)!r}: not found in {named_by}"
        ) from error
    if not file.is_relative_to(root):
        raise SettingError(
            f"path {str(path)!r}: not in the folder that {named_by} names"
        )
    if exists and not regular:
        raise ClipError(f"path {str(path)!r}: not a regular file")
    return file
