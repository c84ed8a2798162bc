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
from affectgraph.agents.training.reasoner.evidence import ClipMaterial, compose_takes
from affectgraph.agents.training.reasoner.lora import (
    ALPHA,
    Adapter,
    TokenizedExample,
    TokenTree,
    fit,
    load_model,
)
from affectgraph.agents.training.reasoner.teacher import TeacherTrace, teacher_traces
from affectgraph.graphs.reasoner.models import ADAPTED
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
        out: Where `teacher_traces.jsonl` and the adapter go.
        seed: Of the takes, the replies, and the training.
    """
    base_name, adapter_name = ADAPTED
    base = gguf.read_gguf(weights.path(base_name))
    lessons = list(_lessons(data, seed))
    _write(out / "traces.jsonl", lessons)
    trees = build_trees(lessons, gguf.build_tokenizer(base))
    model = load_model(base)
    adapter = Adapter(model, seed=seed)
    for step, loss in enumerate(fit(model, adapter, trees)):
        if step % _TOLD_EVERY == 0:
            print(f"take {step} of {len(lessons)}: loss {loss:.3f}", flush=True)
    gguf.write_adapter(out / adapter_name, base, adapter.arrays(), alpha=ALPHA)


def build_trees(
    lessons: Iterable[list[TeacherTrace]], tokenizer: Tokenizer
) -> Iterator[TokenTree]:
    """The questions about each take, as tokens, in the model's own chat format."""
    for lesson in lessons:
        yield TokenTree.of([tokenize_example(trace, tokenizer) for trace in lesson])


def tokenize_example(trace: TeacherTrace, tokenizer: Tokenizer) -> TokenizedExample:
    """One question and its reply, as tokens."""
    prompt = f"{_SYSTEM}{trace.context}{_END}\n{_USER}{trace.task}{_END}\n{_SAID}"
    return TokenizedExample(
        tuple(tokenizer.encode(prompt).ids),
        tuple(tokenizer.encode(f"{trace.reply}{_END}").ids),
    )


def _lessons(data: Path, seed: int) -> Iterator[list[TeacherTrace]]:
    rng = np.random.default_rng(seed)
    for take in compose_takes(ClipMaterial.of(data), _TAKES, seed=seed):
        if lesson := list(teacher_traces(take, rng)):
            yield lesson


def _write(path: Path, lessons: Iterable[list[TeacherTrace]]) -> None:
    lines = (
        json.dumps([trace.model_dump() for trace in lesson], ensure_ascii=False)
        for lesson in lessons
    )
    atomic_write_text(path, "".join(f"{line}\n" for line in lines))
