"""What a sense costs beyond its networks: `python tests/benchmarks/sense_overhead.py`.

A sense looks at a clip of ten seconds while every call of a network is written down;
then the same networks answer the same inputs again, by themselves: ONNX in a plain
session of one thread, Whisper in CTranslate2. What it takes to decode the pictures or
the sound is measured apart. CPU milliseconds, the least of several runs: what a quiet
machine would take.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import onnxruntime
from media import write_clip
from stages import SENSES, perceiving

from affectgraph.tools.clip import Clip
from affectgraph.tools.transcript import recognition

_RUNS = 5

Calls = list[Callable[[], object]]


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        write_clip(clip, seconds)
        needs = {True: least(lambda: pictures(clip)), False: least(lambda: sound(clip))}
        print("| sense | CPU ms | its networks alone | decoding alone | times both |")
        print("|---|---|---|---|---|")
        for name in SENSES:
            look = perceiving(name)(clip)
            look()
            with written_down() as calls:
                look()
            alone = least(lambda calls=calls: [call() for call in calls])
            whole = least(look)
            decoding = needs[name == "face"]
            print(
                f"| {name} | {whole:.0f} | {alone:.0f}, {len(calls)} calls | "
                f"{decoding:.0f} | {whole / (alone + decoding):.2f} |"
            )


def pictures(clip: Path) -> None:
    for _ in Clip.open(clip).frames():
        pass


def sound(clip: Path) -> None:
    Clip.open(clip).audio()


def least(work: Callable[[], object]) -> float:
    """CPU milliseconds of the quickest of several runs, after one that warms up."""
    work()
    spent = []
    for _ in range(_RUNS):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return 1000.0 * min(spent)


@contextmanager
def written_down() -> Iterator[Calls]:
    """What networks are asked meanwhile, to be asked again."""
    calls: Calls = []
    ask = onnxruntime.InferenceSession.run

    def run(session: Any, outputs: Any, inputs: Any, options: Any = None) -> Any:
        plain = _plain(session._model_path)
        calls.append(lambda: plain.run(outputs, inputs))
        return ask(session, outputs, inputs, options)

    whisper = recognition._whisper(recognition.recogniser_name("en"))
    with (
        patch.object(onnxruntime.InferenceSession, "run", run),
        patch.object(whisper, "model", _Noting(whisper.model, calls)),
    ):
        yield calls


@cache
def _plain(path: str) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    providers = ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(path, options, providers=providers)


class _Noting:
    """A Whisper model that notes what it is asked."""

    def __init__(self, model: Any, calls: Calls) -> None:
        self._model, self._calls = model, calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._model, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            self._calls.append(lambda: found(*arguments, **named))
            return found(*arguments, **named)

        return call


if __name__ == "__main__":
    main()
