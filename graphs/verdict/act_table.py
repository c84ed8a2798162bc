"""The table of acts: what each was measured to gain, in each situation.

`affectgraph train acts` writes `acts.json` from recorded runs on labelled takes;
`acts.md` is its card. An act is taken if the lower 95% bound of its gain in log loss is
above zero and its gain exceeds its price.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pydantic import Field

from affectgraph.graphs.schema import Act, ActKind
from affectgraph.graphs.verdict.parameters import ANY_SITUATION
from affectgraph.tools.evidence import Frozen


class ActRow(Frozen):
    """One act in one situation, as measured.

    Attributes:
        kind: Kind of the act.
        sense: Modality that it uses or leaves out.
        situation: Which senses vote and whether they conflict; or `any`.
        n: Number of takes.
        gain: Mean gain in log loss, in nats.
        low: Lower end of its 95% interval over speakers.
        high: Upper end.
        seconds: CPU seconds that it takes.
    """

    kind: ActKind
    sense: str
    situation: str
    n: int = Field(ge=0)
    gain: float
    low: float
    high: float
    seconds: float = Field(ge=0)


class ActTable(Frozen):
    """All measured acts.

    Attributes:
        nats_a_second: Price of a CPU second, in nats of log loss.
        measured_on: What the takes were.
        rows: The acts.
    """

    nats_a_second: float = Field(ge=0)
    measured_on: str = ""
    rows: tuple[ActRow, ...] = ()

    def row(self, act: Act, situation: str) -> ActRow | None:
        """The row of an act in a situation, or else in any."""
        rows = {
            row.situation: row
            for row in self.rows
            if (row.kind, row.sense) == (act.kind, act.sense)
        }
        return rows.get(situation) or rows.get(ANY_SITUATION)

    def best(self, acts: Iterable[Act], situation: str) -> Act | None:
        """The act with the highest gain a second; None if none is worth its price."""
        rated = [(row, act) for act in acts if (row := self.row(act, situation))]
        worth = [(row, act) for row, act in rated if self.pays(row)]
        if not worth:
            return None
        return max(worth, key=lambda pair: pair[0].gain / max(pair[0].seconds, 1e-3))[1]

    def pays(self, row: ActRow) -> bool:
        """Whether an act gains for sure, and more than it costs."""
        return row.low > 0 and row.gain > self.nats_a_second * row.seconds


@cache
def act_table() -> ActTable:
    """The table that ships with the package."""
    file = Path(__file__).parent / "acts.json"
    return ActTable.model_validate_json(file.read_text(encoding="utf-8"))
