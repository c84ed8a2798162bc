"""Damaged input by the thousand: `python tests/benchmarks/fuzz.py [TARGET ...]`.

Real files, replies and claims are damaged at random, the same way for the same seed,
and given to what reads them, in a process with 3 GB and 20 s a case, so that a crash of
a codec library is seen and survived. Whatever is raised has to be an
`AffectgraphError` of one line. What is not is kept in a folder, to be looked at.
"""

import argparse
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from fuzz_targets import TARGETS, Use
from rich.console import Console
from rich.table import Table

from affectgraph.tools.errors import AffectgraphError

BYTES = 3 << 30
SECONDS = 20.0
WORST = ("slow", "crashed", "traceback")
TOKENS = (
    b"null", b"true", b"[]", b"{}", b'""', b"-1", b"1e999", b"NaN", b"9" * 5000,
    b'"\\ud800"', b"\x00", b"\xff\xfe", b"\n", b"\r", b'"', b",", b"\\", b"[" * 2000,
    b"\xc2\xb2", b"\xe2\x80\xae", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\xff" * 8,
)  # fmt: skip


class Outcome(NamedTuple):
    """What became of one case: its number, a word for it, and the trace if any."""

    number: int
    what: str
    trace: str = ""


def damaged(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """The data after one to eight random changes; `other` is spliced in."""
    body = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        first = chance.randrange(len(body) + 1)
        last = min(len(body), first + chance.choice((1, 2, 4, 16, 64, 1024)))
        kind = chance.randrange(8)
        if kind == 0 and body:
            place = chance.randrange(len(body))
            body[place] ^= 1 << chance.randrange(8)
        elif kind == 1:
            body[first:last] = chance.randbytes(last - first)
        elif kind == 2:
            del body[first:last]
        elif kind == 3:
            body[first:first] = body[first:last]
        elif kind == 4:
            token = chance.choice(TOKENS)
            body[first : first + chance.choice((0, len(token)))] = token
        elif kind == 5:
            begin = chance.randrange(len(other) + 1)
            body[first:last] = other[begin : begin + last - first]
        elif kind == 6 and chance.random() < 0.3:
            del body[first:]
        else:
            body[first:last] = bytes(last - first)
    return bytes(body)


def case(seeds: list[Path], number: int, seed: int) -> tuple[str, bytes]:
    """Suffix and bytes of a case; the first are the seed files, undamaged."""
    if number < len(seeds):
        return seeds[number].suffix, seeds[number].read_bytes()
    chance = random.Random(f"{seed}/{number}")
    path, other = chance.choice(seeds), chance.choice(seeds)
    return path.suffix, damaged(path.read_bytes(), other.read_bytes(), chance)


def work(
    name: str, folder: Path, numbers: range, seed: int, parent: Connection
) -> None:
    """Run cases in this process, telling the parent what becomes of each."""
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    seeds = sorted((folder / "seeds").iterdir())
    use = TARGETS[name].use(folder)
    parent.send(None)
    for number in numbers:
        suffix, data = case(seeds, number, seed)
        file = folder / f"case{suffix}"
        file.write_bytes(data)
        parent.send(outcome(number, use, file))


def outcome(number: int, use: Use, file: Path) -> Outcome:
    """What comes of one case."""
    try:
        use(file)
    except AffectgraphError as error:
        text = str(error)
        if not text.strip() or len(text.splitlines()) > 1:
            return Outcome(number, "traceback", f"not one line: {text!r}")
        return Outcome(number, "refused")
    except BaseException:
        return Outcome(number, "traceback", traceback.format_exc())
    return Outcome(number, "used")


def outcomes(name: str, folder: Path, cases: int, seed: int) -> Iterator[Outcome]:
    """What became of every case of a target; a new process after each crash."""
    (folder / "seeds").mkdir(parents=True)
    TARGETS[name].seeds(folder / "seeds")
    context = multiprocessing.get_context("spawn")
    following = 0
    while following < cases:
        ours, theirs = context.Pipe()
        numbers = range(following, cases)
        worker = context.Process(
            target=work, args=(name, folder, numbers, seed, theirs)
        )
        worker.start()
        theirs.close()
        try:
            ours.recv()
            while following < cases:
                if not ours.poll(SECONDS):
                    yield Outcome(following, "slow")
                    break
                yield ours.recv()
                following += 1
        except EOFError:
            worker.join()
            yield Outcome(following, "crashed", f"exit code {worker.exitcode}")
        worker.kill()
        worker.join()
        following += 1


def fuzz(name: str, kept: Path, cases: int, seed: int) -> Counter[str]:
    """Run a target; what is wrong is kept and told once a kind."""
    counted: Counter[str] = Counter()
    known: set[str] = set()
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        for done in outcomes(name, folder, cases, seed):
            counted[done.what] += 1
            place = "".join(done.trace.strip().splitlines()[-3:])
            if done.what not in WORST or place in known:
                continue
            known.add(place)
            seeds = sorted((folder / "seeds").iterdir())
            suffix, data = case(seeds, done.number, seed)
            file = kept / f"{name}-{done.number}{suffix}"
            file.write_bytes(data)
            print(f"{file}: {done.what}\n{done.trace}", file=sys.stderr)
    return counted


def main() -> None:
    """Fuzz, print the table, and fail if anything but an error of ours was raised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], default=[])
    parser.add_argument("--cases", type=int, default=2000, help="of each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    kept = Path(tempfile.mkdtemp(prefix="fuzz-"))
    table = Table("target", "cases", "used", "refused", *WORST, box=None)
    wrong = 0
    for name in chosen.targets or TARGETS:
        counted = fuzz(name, kept, chosen.cases, chosen.seed)
        wrong += sum(counted[what] for what in WORST)
        columns = [counted[what] for what in ("used", "refused", *WORST)]
        table.add_row(name, str(sum(columns)), *map(str, columns))
        if chosen.json:
            print(json.dumps({"target": name, **counted}), flush=True)
    Console().print(table)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
