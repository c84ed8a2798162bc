"""Damaged input is read or refused, whatever the damage; `fuzz.py` does thousands."""

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
from fuzz import case, outcome
from fuzz_targets import TARGETS, Use

pytestmark = pytest.mark.slow

Kit = tuple[Use, list[Path], Path]


@pytest.fixture(scope="module", params=TARGETS)
def kit(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Kit:
    """What reads a file, whole files to damage, and a folder."""
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "seeds").mkdir()
    target = TARGETS[request.param]
    target.seeds(folder / "seeds")
    return target.use(folder), sorted((folder / "seeds").iterdir()), folder


def test_what_is_whole_is_read(kit: Kit) -> None:
    use, seeds, folder = kit
    for number, seed in enumerate(seeds):
        suffix, data = case(seeds, number, 0)
        assert data == seed.read_bytes()
        (folder / f"case{suffix}").write_bytes(data)
        assert outcome(number, use, folder / f"case{suffix}").what == "used"


@pytest.mark.filterwarnings("ignore::affectgraph.tools.errors.AffectgraphWarning")
@given(number=st.integers(1_000, 1_000_000))
@settings(
    max_examples=20, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
def test_what_is_damaged_is_read_or_refused(kit: Kit, number: int) -> None:
    use, seeds, folder = kit
    suffix, data = case(seeds, number, 0)
    (folder / f"case{suffix}").write_bytes(data)
    done = outcome(number, use, folder / f"case{suffix}")
    assert done.what in ("used", "refused"), done.trace
