"""GGUF files of the small reasoner: its base model is read, its adapter written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFReader, GGUFWriter
from gguf.quants import dequantize
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

from affectgraph.tools.io.atomic_write import atomic_write

Floats = NDArray[np.float32]

# Linear layers of a block: their names in llama.cpp and in transformers.
LINEAR = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_NORMS = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}
_OUTER = {"token_embd": "embed_tokens", "output_norm": "norm"}


@dataclass(frozen=True)
class GgufModel:
    """A model of the Llama family.

    Attributes:
        fields: Metadata of the file, by name.
        weights: Name in transformers to float32 array.
    """

    fields: Mapping[str, Any]
    weights: Mapping[str, Floats]

    @property
    def heads(self) -> dict[str, int]:
        """Number of heads of the layers whose rows are interleaved, by layer name."""
        return {
            "attn_q": self.fields["llama.attention.head_count"],
            "attn_k": self.fields["llama.attention.head_count_kv"],
        }


def read_gguf(path: Path) -> GgufModel:
    """Read and dequantise a GGUF file."""
    file = GGUFReader(path)
    fields = {name: field.contents() for name, field in file.fields.items()}
    base = GgufModel(fields, {})
    weights = {}
    for tensor in file.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        layer = tensor.name.split(".")[-2]
        if layer in base.heads:
            values = _split_halves(values, base.heads[layer])
        weights[_transformers_name(tensor.name)] = values
    return GgufModel(fields, weights)


def write_adapter(
    path: Path,
    base: GgufModel,
    pairs: Mapping[str, tuple[Floats, Floats]],
    *,
    alpha: float,
) -> None:
    """Write a LoRA adapter for llama.cpp, in float16.

    Args:
        path: The file.
        base: The model that it adapts.
        pairs: Name of a linear layer in transformers to A [rank, in] and B [out, rank].
        alpha: Scale of the adapter, times rank.
    """
    layers = {_transformers_name(f"blk.0.{layer}.weight"): layer for layer in LINEAR}
    with atomic_write(path) as partial:
        writer = GGUFWriter(partial, base.fields["general.architecture"])
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", alpha)
        for name, (down, up) in pairs.items():
            block = name.split(".")[2]
            layer = layers[f"{name}.weight".replace(f"layers.{block}.", "layers.0.")]
            if layer in base.heads:
                up = _interleave(up, base.heads[layer])
            for half, values in (("lora_a", down), ("lora_b", up)):
                tensor = np.ascontiguousarray(values, dtype=np.float16)
                writer.add_tensor(f"blk.{block}.{layer}.weight.{half}", tensor)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def build_tokenizer(base: GgufModel) -> Tokenizer:
    """Build the tokenizer of a SmolLM2 file: byte-level BPE, with single digits."""
    tokens: list[str] = base.fields["tokenizer.ggml.tokens"]
    merges = [tuple(m.split(" ")) for m in base.fields["tokenizer.ggml.merges"]]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    steps = [
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False),
    ]
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    control = [t for t in tokens if t.startswith("<") and t.endswith(">")]
    tokenizer.add_special_tokens([AddedToken(t, special=True) for t in control])
    return tokenizer


def _transformers_name(gguf_name: str) -> str:
    """Return the name in transformers of a tensor with this name in llama.cpp."""
    parts = gguf_name.split(".")
    if parts[0] in _OUTER:
        return f"model.{_OUTER[parts[0]]}.weight"
    _, block, layer, _ = parts
    return f"model.layers.{block}.{(LINEAR | _NORMS)[layer]}.weight"


def _split_halves(rows: Floats, heads: int) -> Floats:
    """Order rows of each head as transformers does: first halves, second halves."""
    return _swap_axes(rows, (heads, -1, 2, rows.shape[1]))


def _interleave(rows: Floats, heads: int) -> Floats:
    """Order rows of each head as llama.cpp does: pairs side by side."""
    return _swap_axes(rows, (heads, 2, -1, rows.shape[1]))


def _swap_axes(rows: Floats, shape: tuple[int, ...]) -> Floats:
    return rows.reshape(shape).swapaxes(1, 2).reshape(rows.shape)
