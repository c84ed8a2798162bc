"""How the small reasoner was trained: `affectgraph train reasoner`.

A low-rank adapter for SmolLM2-135M-Instruct learns to answer the questions of the graph
about takes that are put together from real sense outputs. Figures of its card come from
`tests/benchmarks/conflict.py`, on takes that nothing here has put together.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from affectgraph.agents.training.reasoner import gguf
from affectgraph.agents.training.reasoner.evidence import Material, takes
from affectgraph.agents.training.reasoner.lora import (
    ALPHA,
    Adapter,
    Example,
    Tree,
    fit,
    load,
)
from affectgraph.agents.training.reasoner.teacher import Trace, traces
from affectgraph.graphs.reasoner.models import DEFAULT_WEIGHTS
from affectgraph.tools import weights
from affectgraph.tools.io.atomic_write import atomic_write_text

_TAKES = 420
_TOLD_EVERY = 10

_SYSTEM, _USER, _SAID = (
    f"<|im_start|>{role}\n" for role in ("system", "user", "assistant")
)
_END = "<|im_end|>"


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Write the traces and the adapter; print the loss as it falls.

    Args:
        data: A folder in the shared layout.
        out: Where `traces.jsonl` and the adapter go.
        seed: Of the takes, the replies, and the training.
    """
    base_name, adapter_name = DEFAULT_WEIGHTS
    base = gguf.read(weights.path(base_name))
    lessons = list(_lessons(data, seed))
    _write(out / "traces.jsonl", lessons)
    trees = trees_of(lessons, gguf.tokenizer(base))
    model = load(base)
    adapter = Adapter(model, seed=seed)
    for step, loss in enumerate(fit(model, adapter, trees)):
        if step % _TOLD_EVERY == 0:
            print(f"take {step} of {len(lessons)}: loss {loss:.3f}", flush=True)
    gguf.write_adapter(out / adapter_name, base, adapter.arrays(), alpha=ALPHA)


def trees_of(lessons: Iterable[list[Trace]], tokenizer: Tokenizer) -> Iterator[Tree]:
    """The questions about each take, as tokens, in the model's own chat format."""
    for lesson in lessons:
        yield Tree.of([example(trace, tokenizer) for trace in lesson])


def example(trace: Trace, tokenizer: Tokenizer) -> Example:
    """One question and its reply, as tokens."""
    prompt = f"{_SYSTEM}{trace.context}{_END}\n{_USER}{trace.task}{_END}\n{_SAID}"
    return Example(
        tuple(tokenizer.encode(prompt).ids),
        tuple(tokenizer.encode(f"{trace.reply}{_END}").ids),
    )


def _lessons(data: Path, seed: int) -> Iterator[list[Trace]]:
    rng = np.random.default_rng(seed)
    for take in takes(Material.of(data), _TAKES, seed=seed):
        if lesson := list(traces(take, rng)):
            yield lesson


def _write(path: Path, lessons: Iterable[list[Trace]]) -> None:
    lines = (
        json.dumps([trace.model_dump() for trace in lesson], ensure_ascii=False)
        for lesson in lessons
    )
    atomic_write_text(path, "".join(f"{line}\n" for line in lines))
