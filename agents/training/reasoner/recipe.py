"""Training recipe of the small reasoner: `affectgraph train reasoner`.

A low-rank adapter for SmolLM2-135M-Instruct is fitted on prompts of the graph about
takes composed of real evidence. Figures of its card come from
`tests/benchmarks/conflict.py`, on other takes.
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
from affectgraph.graphs.reasoner.models import DEFAULT_WEIGHTS
from affectgraph.tools import weights
from affectgraph.tools.io.atomic_write import atomic_write_text

_TAKES = 420
_REPORT_EVERY = 10

_SYSTEM, _USER, _ASSISTANT = (
    f"<|im_start|>{role}\n" for role in ("system", "user", "assistant")
)
_END = "<|im_end|>"


def train(data: Path, out: Path, *, seed: int = 0) -> None:
    """Write the traces and the adapter, and print the loss.

    Args:
        data: A folder in the shared layout.
        out: Folder of `traces.jsonl` and of the adapter.
        seed: Of the takes, the replies, and the training.
    """
    base_name, adapter_name = DEFAULT_WEIGHTS
    base = gguf.read_gguf(weights.path(base_name))
    traces = list(_traces_by_take(data, seed))
    _write_traces(out / "traces.jsonl", traces)
    trees = build_trees(traces, gguf.build_tokenizer(base))
    model = load_model(base)
    adapter = Adapter(model, seed=seed)
    for step, loss in enumerate(fit(model, adapter, trees)):
        if step % _REPORT_EVERY == 0:
            print(f"take {step} of {len(traces)}: loss {loss:.3f}", flush=True)
    gguf.write_adapter(out / adapter_name, base, adapter.arrays(), alpha=ALPHA)


def build_trees(
    traces_by_take: Iterable[list[TeacherTrace]], tokenizer: Tokenizer
) -> Iterator[TokenTree]:
    """Yield the prompts and replies of each take as a tree of tokens."""
    for traces in traces_by_take:
        yield TokenTree.of([tokenize_example(trace, tokenizer) for trace in traces])


def tokenize_example(trace: TeacherTrace, tokenizer: Tokenizer) -> TokenizedExample:
    """Tokenize a prompt and its reply in the chat format of the model."""
    prompt = f"{_SYSTEM}{trace.context}{_END}\n{_USER}{trace.task}{_END}\n{_ASSISTANT}"
    return TokenizedExample(
        tuple(tokenizer.encode(prompt).ids),
        tuple(tokenizer.encode(f"{trace.reply}{_END}").ids),
    )


def _traces_by_take(data: Path, seed: int) -> Iterator[list[TeacherTrace]]:
    rng = np.random.default_rng(seed)
    for take in compose_takes(ClipMaterial.read(data), _TAKES, seed=seed):
        if traces := list(teacher_traces(take, rng)):
            yield traces


def _write_traces(path: Path, traces_by_take: Iterable[list[TeacherTrace]]) -> None:
    lines = (
        json.dumps([trace.model_dump() for trace in traces], ensure_ascii=False)
        for traces in traces_by_take
    )
    atomic_write_text(path, "".join(f"{line}\n" for line in lines))
