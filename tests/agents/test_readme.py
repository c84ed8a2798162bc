"""What the README says its programs print is what they print."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("section", ["From Python", "Your own sense"])
def test_the_readme_prints_what_it_says(
    section: str, alike: Callable[[str, str], bool]
) -> None:
    text = README.read_text(encoding="utf-8").partition(f"## {section}\n")[2]
    program = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]
    promised = re.findall(r"```text\n(.*?)```", text, re.DOTALL)[0]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert alike(done.stdout, promised)
