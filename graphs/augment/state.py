"""What travels through the augmentation graph."""

from typing import TypedDict

from affectgraph.graphs.augment.crowd import Crowd
from affectgraph.graphs.augment.low import Lengths, Low
from affectgraph.graphs.augment.schema import Description, Labelled, Outcome
from affectgraph.graphs.verdict.state import State
from affectgraph.tools.clip import ClipInfo


class Augmentation(State, total=False):
    """State of one clip; what is perceived is as in the verdict graph."""

    description: Description
    labelled: Labelled
    lengths: Lengths
    low: Low
    crowd: Crowd
    outcome: Outcome


class Input(TypedDict):
    """What starts a run."""

    clip: ClipInfo
