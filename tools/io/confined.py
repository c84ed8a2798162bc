"""Files that others name, and that may be in one folder only."""

from pathlib import Path

from affectgraph.tools.errors import ClipError, ClipNotFoundError, SettingError


def confined(path: str | Path, folder: Path, *, named_by: str) -> Path:
    """The file at a path, if it is in a folder once all links are followed.

    What is outside is refused alike, whether it exists or not.

    Args:
        path: As it was asked for: absolute, or relative to the folder.
        folder: What the file has to be in, at any depth.
        named_by: The setting that names the folder, for messages.

    Returns:
        Its path without links and `..`; there may be nothing yet.

    Raises:
        SettingError: If it is outside.
        ClipNotFoundError: If the path cannot be that of a file.
        ClipError: If it is a folder, a pipe or a device.
    """
    root = folder.resolve()
    try:
        file = (root / path).resolve()
        there, regular = file.exists(), file.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        # Too long, a circle of links, or a NUL.
        raise ClipNotFoundError(
            f"path {str(path)!r}: not found in {named_by}"
        ) from error
    if not file.is_relative_to(root):
        raise SettingError(
            f"path {str(path)!r}: not in the folder that {named_by} names"
        )
    if there and not regular:
        raise ClipError(f"path {str(path)!r}: not a regular file")
    return file
