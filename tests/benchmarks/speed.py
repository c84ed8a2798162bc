"""What a verdict costs, stage by stage, beside what one would glue together instead.

    python tests/benchmarks/speed.py [--peers PYTHON] [--llm NAME] [--lengths 60 600]

Each measurement is a process of its own, bound to one core or to two. Cold is the
first clip with all that it takes: starting Python, importing, loading models. Warm is a
second clip, never seen before; of what is over in 0.1 CPU seconds, the mean of many.
Rounds alternate between the stages, so that a busy moment hits all alike; shown are
median and range. CPU seconds are those of all threads, and of processes that were
started. Machines are shared and noisy: compare, do not quote. The load is printed at
both ends. Ctrl-C shows what is measured so far.

The clip is the demo's face and voice, whose conflict makes the face look again, closer;
that is in the verdicts and not in the senses. The others are in `peer_pipelines.py`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peer_pipelines
import stages

HERE = Path(__file__).parent
TITLES = ("stage", "cores", "cold CPU s", "cold s", "warm CPU s", "warm s", "peak MB")


@dataclass(frozen=True)
class Job:
    """A stage, who runs it, on how many cores, and the two clips."""

    name: str
    python: str
    script: str
    cores: int
    clips: tuple[Path, Path]

    def run(self) -> dict[str, Any]:
        line = [self.python, str(HERE / self.script), self.name, str(time.monotonic())]
        done = subprocess.run(
            [*line, *map(str, self.clips)],
            capture_output=True,
            preexec_fn=lambda: os.sched_setaffinity(0, range(self.cores)),
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            return {"lacks": said[-1] if said else f"exit code {done.returncode}"}
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told


def written(folder: Path, seconds: float, seed: int) -> Path:
    clip = folder / f"{seconds:g}-{seed}.mp4"
    line = [sys.executable, str(HERE / "media.py"), str(clip), str(seconds), str(seed)]
    subprocess.run(line, check=True)
    return clip


def jobs(chosen: argparse.Namespace, folder: Path) -> list[Job]:
    clips = (written(folder, chosen.seconds, 1), written(folder, chosen.seconds, 2))
    ours, others = (sys.executable, "stages.py"), (chosen.peers, "peer_pipelines.py")
    named = [(name, *ours) for name in stages.STAGES]
    named += [(f"verdict, {llm}", *ours) for llm in chosen.llm]
    named += [(name, *others) for name in peer_pipelines.STAGES if chosen.peers]
    wanted = [one for one in named if not chosen.only or one[0] in chosen.only]
    return [Job(*one, cores, clips) for one in wanted for cores in chosen.cores]


def lengths(seconds: Sequence[float], folder: Path) -> None:
    """Long clips, warm, on one core; the cold one before is short."""
    table(("seconds", "CPU s", "CPU s a second", "peak MB"))
    short = written(folder, min(10.0, *seconds), 1)
    for length in seconds:
        clips = (short, written(folder, length, 3))
        run = Job(stages.WHOLE, sys.executable, "stages.py", 1, clips).run()
        cost, most = run["warm"][0], run["peak"]
        print(f"| {length:g} | {cost:.2f} | {cost / length:.3f} | {most:.0f} |")


def told(values: Sequence[float]) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.3g}" + (f" ({low:.3g}-{high:.3g})" if len(values) > 1 else "")


def row(job: Job, runs: list[dict[str, Any]]) -> str:
    head = f"| {job.name} | {job.cores} |"
    if lacking := [run["lacks"] for run in runs if "lacks" in run]:
        return f"{head} not run: {lacking[0]} |"
    figures = [[r[when][i] for r in runs] for when in ("cold", "warm") for i in (0, 1)]
    figures.append([run["peak"] for run in runs])
    return f"{head} {' | '.join(map(told, figures))} |"


def table(titles: Sequence[str]) -> None:
    print(f"| {' | '.join(titles)} |\n{'|---' * len(titles)}|", flush=True)


def load(when: str) -> None:
    busy = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    print(f"load {when}: {busy} on {os.cpu_count()} cores", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--peers", help="interpreter that has the others installed")
    parser.add_argument("--llm", action="append", default=[], help="e.g. embedded")
    parser.add_argument("--lengths", type=float, nargs="+", default=[])
    parser.add_argument("--only", nargs="+", help="names of stages")
    chosen = parser.parse_args()
    load("before")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        runs: dict[Job, list[dict[str, Any]]] = {j: [] for j in jobs(chosen, folder)}
        with suppress(KeyboardInterrupt):
            for _ in range(chosen.rounds):
                for job, done in runs.items():
                    done.append(job.run())
        table(TITLES)
        for job, done in runs.items():
            if done:
                print(row(job, done))
        if chosen.lengths:
            lengths(chosen.lengths, folder)
    load("after")


if __name__ == "__main__":
    main()
