"""Are false claims caught and true ones kept?

    python tests/benchmarks/typed_claims.py [--show] [--claims FILE]

`typed_claims.tsv` holds true and false claims about `claim_scenes.py`, worded freely
and committed before the parser was written; those of `typed_claims_later.tsv` came
after it. Those of `typed_claims_third.tsv` are by another author: at first sight 38 of
its 83 true claims (0.46) were dropped and 58 of its 59 false ones (0.98) caught; the
vocabulary was widened with them in view. Those of `typed_claims_fourth.tsv`, by the
same author in another voice, were never looked at. `--claims` takes another file.
"""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from claim_scenes import SCENES
from rich.console import Console
from rich.table import Table

from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.schema import Claim

CLAIMS = Path(__file__).with_name("typed_claims.tsv")


class WordedClaim(NamedTuple):
    """A row of the file, and why the checker drops it; empty if it does not."""

    kind: str
    true: bool
    text: str
    problem: str


def check(file: Path = CLAIMS) -> Iterator[WordedClaim]:
    """Every claim of a file with what the checker says of it."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        for row in rows:
            claim = Claim(text=row["text"], cites=tuple(row["cites"].split(",")))
            facts = SCENES[row["scene"]]
            sides = (claim, claim.model_copy(update={"supports": False}))
            # The file does not say on which side a claim stands: either will do.
            problem = min((claim_problem(one, facts) for one in sides), key=len)
            yield WordedClaim(row["kind"], row["true"] == "1", row["text"], problem)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=Path, default=CLAIMS)
    parser.add_argument("--show", action="store_true", help="the claims that err")
    chosen = parser.parse_args()
    claims = list(check(chosen.claims))
    table = Table("kind", "false caught", "true dropped", box=None)
    for kind in [*dict.fromkeys(claim.kind for claim in claims), ""]:
        of_kind = [claim for claim in claims if kind in ("", claim.kind)]
        dropped = {
            true: [bool(claim.problem) for claim in of_kind if claim.true == true]
            for true in (False, True)
        }
        shares = [f"{sum(d)} of {len(d)} ({sum(d) / len(d):.2f})"
                  for d in dropped.values() if d]  # fmt: skip
        table.add_row(kind or "all", *shares)
    Console(width=100).print(table)
    for claim in claims if chosen.show else ():
        if claim.true == bool(claim.problem):
            print(f"{claim.kind}, {claim.true}: {claim.text} ({claim.problem})")


if __name__ == "__main__":
    main()
