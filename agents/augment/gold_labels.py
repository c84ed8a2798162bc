"""Gold labels of a manifest: hidden from the graph, they measure its precision."""

from affectgraph.agents.batch.sources import row_name
from affectgraph.agents.evaluation.manifest import read_clips, read_labels
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import AnyPath, checked_path


class GoldLabel(Frozen):
    """The known label of a clip.

    Attributes:
        label: One of the basic emotions.
        group: Clips of one group, such as a speaker, are resampled together.
    """

    label: str
    group: str


def read_gold_labels(place: AnyPath) -> dict[str, GoldLabel]:
    """Read the labels of a manifest, by name of the source; none for other files.

    Raises:
        SettingError: If the manifest cannot be used, or has an unknown label.
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
