"""The recipe of the small reasoner, on a tiny random model and made-up evidence."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("transformers", reason="the extra `train` is not installed")
gguf = pytest.importorskip("gguf", reason="the extra `train` is not installed")

from affectgraph.agents.training.reasoner import gguf as training_gguf  # noqa: E402
from affectgraph.agents.training.reasoner import lora  # noqa: E402
from affectgraph.agents.training.reasoner.evidence import EvidenceTake, compose_labels  # noqa: E402
from affectgraph.agents.training.reasoner.gguf import GgufModel  # noqa: E402
from affectgraph.agents.training.reasoner.lora import (  # noqa: E402
    Adapter,
    TokenizedExample,
    TokenTree,
    fit,
)
from affectgraph.agents.training.reasoner.teacher import teacher_traces  # noqa: E402
from affectgraph.tools.emotions import BASIC_EMOTIONS  # noqa: E402
from affectgraph.tools.evidence import Evidence  # noqa: E402
from affectgraph.tools.language.vocabulary import to_basic  # noqa: E402

pytestmark = pytest.mark.slow

WIDTH, INNER, BLOCKS, WORDS = 32, 48, 2, 60
FIELDS = {
    "general.architecture": "llama",
    "tokenizer.ggml.tokens": [str(n) for n in range(WORDS)],
    "llama.embedding_length": WIDTH,
    "llama.feed_forward_length": INNER,
    "llama.block_count": BLOCKS,
    "llama.context_length": 128,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "llama.rope.freq_base": 10_000.0,
}
SHAPES = {
    "attn_q": (WIDTH, WIDTH), "attn_k": (WIDTH // 2, WIDTH),
    "attn_v": (WIDTH // 2, WIDTH), "attn_output": (WIDTH, WIDTH),
    "ffn_gate": (INNER, WIDTH), "ffn_up": (INNER, WIDTH), "ffn_down": (WIDTH, INNER),
}  # fmt: skip


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A GGUF file of two random blocks, all of which are adapted."""
    monkeypatch.setattr(lora, "FIRST_BLOCK", 0)
    rng = np.random.default_rng(0)
    path = tmp_path / "tiny.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    for name, value in FIELDS.items():
        if isinstance(value, list):
            writer.add_array(name, value)
        elif isinstance(value, float):
            writer.add_float32(name, value)
        elif name != "general.architecture":
            writer.add_uint32(name, value)
    tensors = {"token_embd": (WORDS, WIDTH), "output_norm": (WIDTH,)}
    for block in range(BLOCKS):
        norms = {"attn_norm": (WIDTH,), "ffn_norm": (WIDTH,)}
        for layer, shape in (SHAPES | norms).items():
            tensors[f"blk.{block}.{layer}"] = shape
    for name, shape in tensors.items():
        values = 0.3 * rng.standard_normal(shape) + ("norm" in name)
        writer.add_tensor(f"{name}.weight", values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def base(tiny: Path) -> GgufModel:
    return training_gguf.read_gguf(tiny)


def examples(count: int) -> list[TokenizedExample]:
    """A shared beginning, then a number and twice that number."""
    return [TokenizedExample((50, 51, 52, n), (2 * n, 2 * n + 1)) for n in range(count)]


def test_questions_laid_out_as_a_tree_cost_the_same_surprise(base: GgufModel) -> None:
    model = lora.load_model(base).float()
    together = lora.loss(model, TokenTree.of(examples(6)))
    apart = [lora.loss(model, TokenTree.of([e])) for e in examples(6)]
    assert len(TokenTree.of(examples(6)).tokens) == 3 + 6 * 3
    assert together.item() == pytest.approx(torch.stack(apart).mean().item(), abs=1e-4)


def test_the_adapter_learns_and_the_base_does_not(base: GgufModel) -> None:
    model = lora.load_model(base)
    adapter = Adapter(model, seed=0)
    frozen = model.model.embed_tokens.weight.clone()
    losses = list(fit(model, adapter, [TokenTree.of(examples(8))] * 80))
    assert losses[-1] < losses[0] / 2
    assert torch.equal(frozen, model.model.embed_tokens.weight)


def test_the_file_holds_what_was_learned_in_the_order_of_llama_cpp(
    tiny: Path, base: GgufModel
) -> None:
    rng = np.random.default_rng(0)
    model = lora.load_model(base)
    name = "model.layers.1.self_attn.q_proj"
    down, up = rng.standard_normal((8, WIDTH)), rng.standard_normal((WIDTH, 8))
    path = tiny.with_name("adapter.gguf")
    training_gguf.write_adapter(path, base, {name: (down, up)}, alpha=16.0)
    file = gguf.GGUFReader(path)
    told = {key: field.contents() for key, field in file.fields.items()}
    assert told["general.type"] == "adapter" and told["adapter.type"] == "lora"
    assert told["adapter.lora.alpha"] == 16.0
    written = {tensor.name: tensor.data.astype(np.float32) for tensor in file.tensors}
    assert set(written) == {f"blk.1.attn_q.weight.lora_{half}" for half in "ab"}
    # What the adapter adds is laid out as the file of the base lays out its rows.
    raw = {tensor.name: tensor.data for tensor in gguf.GGUFReader(tiny).tensors}
    rows = dict(model.named_parameters())[f"{name}.weight"].float().numpy()
    order = [
        int(np.abs(rows - row).sum(axis=1).argmin())
        for row in raw["blk.1.attn_q.weight"]
    ]
    added = (
        written["blk.1.attn_q.weight.lora_b"] @ written["blk.1.attn_q.weight.lora_a"]
    )
    np.testing.assert_allclose(added, (up @ down)[order], atol=0.1)
    assert sorted(order) == list(range(WIDTH)) != order


SAID = 'The words "I cannot stop crying" read most as sad (0.95), then fear (0.01).'


@pytest.fixture
def with_words(evidence: list[Evidence]) -> list[Evidence]:
    """The evidence, with its words as the transcript sense tells of them."""
    words = evidence[-1].model_copy(update={"observation": SAID})
    return [*evidence[:-1], words]


def training_examples(evidence: list[Evidence]) -> list[Any]:
    take = EvidenceTake(tuple(evidence), "sad")
    return [
        t
        for seed in range(40)
        for t in teacher_traces(take, np.random.default_rng(seed))
    ]


def test_words_that_are_taught_mean_what_they_stand_for(
    with_words: list[Evidence],
) -> None:
    taught = [t for t in training_examples(with_words) if t.kind == "Words"]
    assert taught
    for trace in taught:
        reply = json.loads(trace.reply)
        assert {to_basic(word) for (word,) in reply.values()} == set(reply)


def test_no_sense_can_be_copied() -> None:
    rng = np.random.default_rng(0)
    takes = [compose_labels("sad", rng) for _ in range(4000)]
    for modality in ("face", "prosody"):
        shown = [take[modality] for take in takes if modality in take]
        assert 0.75 < np.mean([label == "sad" for label in shown]) < 0.9
    words = [take["transcript"] for take in takes if "transcript" in take]
    assert 0.55 < np.mean([label == "sad" for label in words]) < 0.75
    assert {label for take in takes for label in take.values()} == set(BASIC_EMOTIONS)
