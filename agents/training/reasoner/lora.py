"""Low-rank adaptation of a small language model, on one processor.

Hu et al. (2022), "LoRA: Low-Rank Adaptation of Large Language Models". The prompts of
one take share a prefix, so they form a tree of tokens in which every token attends to
its ancestors only: the same result as one by one, at half the cost.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_
from transformers import LlamaConfig, LlamaForCausalLM

from affectgraph.agents.training.reasoner.gguf import LINEAR, Floats, GgufModel

RANK = 8
# Blocks below are not adapted, so that backpropagation stops there.
FIRST_BLOCK = 8
ALPHA = 16.0
_RATE = 1.5e-3
_WARM_UP_STEPS = 5
_MAX_GRADIENT_NORM = 1.0


@dataclass(frozen=True)
class TokenizedExample:
    """Prompt and reply as tokens."""

    prompt: tuple[int, ...]
    reply: tuple[int, ...]


@dataclass(frozen=True)
class TokenTree:
    """Examples with shared prefixes.

    Attributes:
        tokens: Of n nodes.
        depth: Number of tokens before each node.
        attention: bool [n, n]: whether node i attends to node j.
        before: Node that each target token follows.
        targets: Tokens of the replies.
        weights: Of each target; those of one example sum to one.
    """

    tokens: Tensor
    depth: Tensor
    attention: Tensor
    before: Tensor
    targets: Tensor
    weights: Tensor

    @classmethod
    def of(cls, examples: Sequence[TokenizedExample]) -> "TokenTree":
        """Build the tree of some examples."""
        nodes: dict[tuple[int, int], int] = {}
        replies: list[tuple[int, int, float]] = []
        for example in examples:
            node, first = -1, len(example.prompt)
            for place, token in enumerate(example.prompt + example.reply):
                if place >= first:
                    replies.append((node, token, 1 / len(example.reply)))
                node = nodes.setdefault((node, token), len(nodes))
        attention = np.eye(len(nodes), dtype=bool)
        for (parent, _), node in nodes.items():
            if parent >= 0:
                attention[node] |= attention[parent]
        before, targets, weights = zip(*replies, strict=True)
        return cls(
            tokens=torch.tensor([token for _, token in nodes]),
            depth=torch.from_numpy(attention.sum(axis=1) - 1),
            attention=torch.from_numpy(attention),
            before=torch.tensor(before),
            targets=torch.tensor(targets),
            weights=torch.tensor(weights),
        )


def load_model(base: GgufModel) -> Any:
    """Load the frozen base as a `LlamaForCausalLM` in bfloat16."""
    fields = base.fields
    config = LlamaConfig(
        vocab_size=len(fields["tokenizer.ggml.tokens"]),
        hidden_size=fields["llama.embedding_length"],
        intermediate_size=fields["llama.feed_forward_length"],
        num_hidden_layers=fields["llama.block_count"],
        num_attention_heads=fields["llama.attention.head_count"],
        num_key_value_heads=fields["llama.attention.head_count_kv"],
        max_position_embeddings=fields["llama.context_length"],
        rms_norm_eps=fields["llama.attention.layer_norm_rms_epsilon"],
        rope_parameters={
            "rope_type": "default",
            "rope_theta": fields["llama.rope.freq_base"],
        },
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config)
    weights = {name: torch.from_numpy(values) for name, values in base.weights.items()}
    keys = model.load_state_dict(weights, strict=False)
    if keys.unexpected_keys or set(keys.missing_keys) != {"lm_head.weight"}:
        raise ValueError(f"not a tied Llama: {keys}")
    model.tie_weights()
    return model.to(torch.bfloat16).requires_grad_(False).eval()


class Adapter:
    """Two low-rank matrices for every linear layer of a model."""

    def __init__(self, model: Any, *, seed: int) -> None:
        """Attach to a model; its outputs do not change yet."""
        generator = torch.Generator().manual_seed(seed)
        self.pairs: dict[str, tuple[Tensor, Tensor]] = {}
        for name, layer in model.named_modules():
            if not name.endswith(tuple(LINEAR.values())):
                continue
            if int(name.split(".")[2]) < FIRST_BLOCK:
                continue
            down = torch.randn(RANK, layer.in_features, generator=generator)
            down = (down / layer.in_features**0.5).requires_grad_()
            up = torch.zeros(layer.out_features, RANK, requires_grad=True)
            self.pairs[name] = (down, up)
            layer.register_forward_hook(_make_hook(down, up))

    @property
    def parameters(self) -> list[Tensor]:
        """All matrices."""
        return [half for pair in self.pairs.values() for half in pair]

    def arrays(self) -> Mapping[str, tuple[Floats, Floats]]:
        """Return name of a layer to its matrices A [rank, in] and B [out, rank]."""
        return {
            name: (down.detach().numpy(), up.detach().numpy())
            for name, (down, up) in self.pairs.items()
        }


def loss(model: Any, tree: TokenTree) -> Tensor:
    """Return the mean over examples of the mean cross-entropy of reply tokens."""
    hidden = model.model(
        input_ids=tree.tokens[None],
        attention_mask=tree.attention[None, None],
        position_ids=tree.depth[None],
        use_cache=False,
    ).last_hidden_state[0]
    logits = model.lm_head(hidden[tree.before]).float()
    losses = functional.cross_entropy(logits, tree.targets, reduction="none")
    return (losses * tree.weights).sum() / tree.weights.sum()


def fit(model: Any, adapter: Adapter, trees: Iterable[TokenTree]) -> Iterator[float]:
    """Take an optimiser step for every tree; yields its loss."""
    optimizer = torch.optim.AdamW(adapter.parameters, lr=_RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _rate_factor)
    for tree in trees:
        tree_loss = loss(model, tree)
        tree_loss.backward()
        clip_grad_norm_(adapter.parameters, _MAX_GRADIENT_NORM)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        yield tree_loss.item()


def _rate_factor(step: int) -> float:
    """Warm up linearly, then decay with the inverse root of the steps."""
    return float(min((step + 1) / _WARM_UP_STEPS, (_WARM_UP_STEPS / (step + 1)) ** 0.5))


def _make_hook(down: Tensor, up: Tensor) -> Any:
    def hook(layer: Any, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        reduced = inputs[0] @ down.T.to(output.dtype)
        return output + (ALPHA / RANK) * (reduced @ up.T.to(output.dtype))

    return hook
