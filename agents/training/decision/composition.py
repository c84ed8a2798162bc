"""How takes are composed, since no available corpus has all modalities together.

What is known of real takes is imitated: a fifth of the words carry no emotion, whatever
the label; a face may show another emotion than the label (a fifth of still faces, over
half of moving ones); and half of the takes lack a modality.
"""

from affectgraph.tools.evidence import Evidence, Frozen

MODALITIES = ("face", "prosody", "transcript")

NEUTRAL_WORDS_SHARE = 0.2
MOVING_FACES_SHARE = 0.7
MOVING_FACE_CONGRUENT = 0.45
STILL_FACE_CONGRUENT = 0.8

FOLDS = 4
# Of one label, fold and kind.
MAX_PIECES = 40


class Piece(Frozen):
    """Evidence about one photograph, recording or line.

    Attributes:
        label: Of the clip.
        fold: One of `FOLDS`; no speaker, dialogue or photograph is in two.
        group: The photograph, speaker or dialogue that it belongs to.
        moving: Whether it is a face in a video.
        evidence: Of the sense.
        vector: Of the sense, if it was not fitted on this clip.
    """

    label: str
    fold: int
    group: str
    moving: bool = False
    evidence: tuple[Evidence, ...]
    vector: tuple[float, ...] = ()
