"""Options that choose among cases."""

import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from affectgraph.agents.annotation.annotator import checked_label

ALL = sys.maxsize

Label = Annotated[str | None, typer.Option("--label", help="Of this label.")]
Source = Annotated[str | None, typer.Option("--source", help="Of this set or place.")]
By = Annotated[str | None, typer.Option("--annotator", help="Labelled by them.")]
Since = Annotated[
    datetime | None, typer.Option("--since", help="Kept at this time or later (UTC).")
]
Until = Annotated[
    datetime | None, typer.Option("--until", help="Kept before this time (UTC).")
]


def given(
    label: str | None,
    source: str | None,
    annotator: str | None,
    since: datetime | None,
    until: datetime | None,
) -> dict[str, Any]:
    """The filters that were given, as `Memory.search` takes them."""
    asked = {
        "label": label and checked_label(label),
        "source": source,
        "annotator": annotator,
        "since": since and since.replace(tzinfo=UTC),
        "until": until and until.replace(tzinfo=UTC),
    }
    return {name: value for name, value in asked.items() if value is not None}
