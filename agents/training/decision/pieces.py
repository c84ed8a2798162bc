"""Evidence of the senses about labelled clips that they were not fitted on.

The face sense perceives photographs, still and as videos; the transcript sense lines of
dialogue. The measures of voices come from the cache of the prosody recipe, and their
votes from its cross-validation, since the shipped head is fitted on every speaker.
"""

from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter

from affectgraph.agents.training.decision.composition import Piece
from affectgraph.agents.training.decision.perceived_pieces import (
    face_pieces,
    line_pieces,
)
from affectgraph.agents.training.decision.voice_pieces import voice_pieces
from affectgraph.tools.face.expression import EXPRESSION
from affectgraph.tools.io.atomic_write import atomic_write_text
from affectgraph.tools.transcript.emotion import NETWORK
from affectgraph.tools.weights import onnx

_PIECES = TypeAdapter(list[Piece])


def load_pieces(data: Path, out: Path, *, seed: int = 0) -> dict[str, list[Piece]]:
    """Load pieces by modality, cached in `out` per weights file.

    Args:
        data: A folder in the shared layout.
        out: Folder that caches pieces, and voices of the prosody recipe.
        seed: Of the choice of pieces, and of the folds.
    """
    return {
        "face": _load_or_make(out, EXPRESSION, seed, lambda: face_pieces(data, seed)),
        "prosody": voice_pieces(data, out, seed),
        "transcript": _load_or_make(
            out, NETWORK, seed, lambda: line_pieces(data, seed)
        ),
    }


def _load_or_make(
    out: Path, weights: str, seed: int, make: Callable[[], list[Piece]]
) -> list[Piece]:
    name = f"pieces-{seed}-{Path(weights).stem}-{onnx.load(weights).sha256[:12]}.json"
    file = out / name
    if not file.is_file():
        atomic_write_text(file, _PIECES.dump_json(make()).decode())
    return _PIECES.validate_json(file.read_bytes())
