"""Labels that a manifest has: hidden from the graph, they tell how right it is."""

from affectgraph.agents.batch.sources import row_name
from affectgraph.agents.evaluation.manifest import read_clips, read_labels
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path


class GoldLabel(Frozen):
    """What is known of a clip.

    Attributes:
        label: One of the basic emotions.
        group: What it is resampled with, such as its speaker.
    """

    label: str
    group: str


def read_gold_labels(place: AnyPath) -> dict[str, GoldLabel]:
    """What the labels of a manifest are, by the name of their source; else nothing.

    Raises:
        SettingError: If the manifest cannot be used, or has a label that is no emotion
            we know.
    """
    place = checked_path("place", place)
    if place.suffix.lower() != ".csv":
        return {}
    labels = read_labels(place)
    return {
        row_name(row, place): GoldLabel(label=labels[row.number], group=row.group)
        for row in read_clips(place)
        if row.number in labels
    }
