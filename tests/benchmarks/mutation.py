"""How many changed lines the tests notice, where a wrong line would pass for an answer.

Each module is changed one operator, number or word at a time, and its own tests are run
on what came out. Needs mutmut: `pip install mutmut`.

    python tests/benchmarks/mutation.py [FOLDER]

`mutmut results` in a folder that was named says which changes nothing noticed.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
ROOMS = ("agents", "graphs", "memory", "tools")
TESTS = {
    "graphs/claims/checker.py": "tests/graphs/test_claims.py",
    "graphs/claims/verify_evidence.py": "tests/graphs/test_claims.py",
    "graphs/claims/verify_decision.py": "tests/graphs/test_typed_claims.py",
    "graphs/claims/read_level.py": "tests/graphs/test_claims.py",
    "graphs/claims/words.py": "tests/graphs/test_claims.py",
    "graphs/claims/stance.py": "tests/graphs/test_stance.py",
    "graphs/verdict/pooling.py": "tests/graphs/test_fuse.py",
    "agents/evaluation/scoring/score.py": "tests/agents/test_score.py",
    "agents/evaluation/scoring/rows.py": "tests/agents/test_score.py",
}
SETTINGS = """
[mutmut]
paths_to_mutate=affectgraph/{module}
tests_dir={tests}
also_copy=affectgraph
"""


def mutated(module: str, tests: str, folder: Path) -> dict[str, int]:
    """Change one module in a copy of the house, which has its import name there."""
    room = folder / Path(module).stem
    for name in ROOMS:
        shutil.copytree(ROOT / name, room / "affectgraph" / name)
    shutil.copytree(ROOT / "tests", room / "tests")
    shutil.copy(ROOT / "pyproject.toml", room)
    (room / "setup.cfg").write_text(SETTINGS.format(module=module, tests=tests))
    for command in (("run", "--max-children", "2"), ("export-cicd-stats",)):
        done = subprocess.run(
            [sys.executable, "-m", "mutmut", *command],
            cwd=room,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            sys.exit(done.stdout[-2000:] + done.stderr)
    figures = room / "mutants" / "mutmut-cicd-stats.json"
    counts: dict[str, int] = json.loads(figures.read_text())
    return counts


def main(folder: Path) -> None:
    """Print the score of each module, and of all."""
    noticed = changed = 0
    for module, tests in TESTS.items():
        counts = mutated(module, tests, folder)
        missed = counts["survived"] + counts["no_tests"]
        noticed += counts["total"] - missed
        changed += counts["total"]
        score = 1 - missed / counts["total"]
        print(f"{module:<26}{score:.3f} of {counts['total']}", flush=True)
    print(f"{'all':<26}{noticed / changed:.3f} of {changed}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with TemporaryDirectory() as scratch:
            main(Path(scratch))
