"""Options that select cases."""

import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from affectgraph.agents.annotation import checked_label

UNLIMITED = sys.maxsize

Label = Annotated[str | None, typer.Option(help="Cases with this label.")]
Source = Annotated[str | None, typer.Option(help="Cases from this data set or place.")]
By = Annotated[str | None, typer.Option(help="Cases that this person labelled.")]
Since = Annotated[
    datetime | None, typer.Option(help="Stored at this time or later (UTC).")
]
Until = Annotated[datetime | None, typer.Option(help="Stored before this time (UTC).")]


def search_filters(
    label: str | None,
    source: str | None,
    annotator: str | None,
    since: datetime | None,
    until: datetime | None,
) -> dict[str, Any]:
    """The filters in use, as arguments of `Memory.search`."""
    filters = {
        "label": label and checked_label(label),
        "source": source,
        "annotator": annotator,
        "since": since and since.replace(tzinfo=UTC),
        "until": until and until.replace(tzinfo=UTC),
    }
    return {name: value for name, value in filters.items() if value is not None}
