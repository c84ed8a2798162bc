"""Low-rank adaptation of a small language model, on one processor.

Hu et al. (2022), "LoRA: Low-Rank Adaptation of Large Language Models". The questions
about one take begin alike, so they are laid out as a tree of tokens, in which every
token attends to its ancestors only: the same numbers as one by one, at half the cost.
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
# Blocks below are left alone: nothing has to be sent back through them.
FIRST = 8
ALPHA = 16.0
_RATE = 1.5e-3
_WARM = 5
_STEEPEST = 1.0


@dataclass(frozen=True)
class TokenizedExample:
    """What is read, and what should be written next, as tokens."""

    prompt: tuple[int, ...]
    reply: tuple[int, ...]


@dataclass(frozen=True)
class TokenTree:
    """Examples that share their beginnings.

    Attributes:
        tokens: Of n nodes.
        depth: How many tokens stand before each node.
        seen: bool [n, n]: row i is true where node i may look.
        before: Nodes after which a token of a reply is due, one a target.
        targets: Those tokens.
        weights: Of each; those of one example sum to one.
    """

    tokens: Tensor
    depth: Tensor
    seen: Tensor
    before: Tensor
    targets: Tensor
    weights: Tensor

    @classmethod
    def of(cls, examples: Sequence[TokenizedExample]) -> "TokenTree":
        """Lay examples out."""
        nodes: dict[tuple[int, int], int] = {}
        due: list[tuple[int, int, float]] = []
        for example in examples:
            node, first = -1, len(example.prompt)
            for place, token in enumerate(example.prompt + example.reply):
                if place >= first:
                    due.append((node, token, 1 / len(example.reply)))
                node = nodes.setdefault((node, token), len(nodes))
        seen = np.eye(len(nodes), dtype=bool)
        for (parent, _), node in nodes.items():
            if parent >= 0:
                seen[node] |= seen[parent]
        before, targets, weights = zip(*due, strict=True)
        return cls(
            tokens=torch.tensor([token for _, token in nodes]),
            depth=torch.from_numpy(seen.sum(axis=1) - 1),
            seen=torch.from_numpy(seen),
            before=torch.tensor(before),
            targets=torch.tensor(targets),
            weights=torch.tensor(weights),
        )


def load_model(base: GgufModel) -> Any:
    """The frozen base as a `LlamaForCausalLM` in bfloat16."""
    told = base.fields
    config = LlamaConfig(
        vocab_size=len(told["tokenizer.ggml.tokens"]),
        hidden_size=told["llama.embedding_length"],
        intermediate_size=told["llama.feed_forward_length"],
        num_hidden_layers=told["llama.block_count"],
        num_attention_heads=told["llama.attention.head_count"],
        num_key_value_heads=told["llama.attention.head_count_kv"],
        max_position_embeddings=told["llama.context_length"],
        rms_norm_eps=told["llama.attention.layer_norm_rms_epsilon"],
        rope_parameters={
            "rope_type": "default",
            "rope_theta": told["llama.rope.freq_base"],
        },
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config)
    weights = {name: torch.from_numpy(values) for name, values in base.weights.items()}
    lacking = model.load_state_dict(weights, strict=False)
    if lacking.unexpected_keys or set(lacking.missing_keys) != {"lm_head.weight"}:
        raise ValueError(f"not a tied Llama: {lacking}")
    model.tie_weights()
    return model.to(torch.bfloat16).requires_grad_(False).eval()


class Adapter:
    """Two thin matrices beside every linear layer of a model."""

    def __init__(self, model: Any, *, seed: int) -> None:
        """Attach to a model; what it computes does not change yet."""
        chance = torch.Generator().manual_seed(seed)
        self.pairs: dict[str, tuple[Tensor, Tensor]] = {}
        for name, layer in model.named_modules():
            if not name.endswith(tuple(LINEAR.values())):
                continue
            if int(name.split(".")[2]) < FIRST:
                continue
            down = torch.randn(RANK, layer.in_features, generator=chance)
            down = (down / layer.in_features**0.5).requires_grad_()
            up = torch.zeros(layer.out_features, RANK, requires_grad=True)
            self.pairs[name] = (down, up)
            layer.register_forward_hook(_beside(down, up))

    @property
    def parameters(self) -> list[Tensor]:
        """All of its matrices."""
        return [half for pair in self.pairs.values() for half in pair]

    def arrays(self) -> Mapping[str, tuple[Floats, Floats]]:
        """Name of a layer to its matrices A [rank, in] and B [out, rank]."""
        return {
            name: (down.detach().numpy(), up.detach().numpy())
            for name, (down, up) in self.pairs.items()
        }


def loss(model: Any, tree: TokenTree) -> Tensor:
    """Mean over the examples of the mean surprise at a token of the reply, in nats."""
    hidden = model.model(
        input_ids=tree.tokens[None],
        attention_mask=tree.seen[None, None],
        position_ids=tree.depth[None],
        use_cache=False,
    ).last_hidden_state[0]
    logits = model.lm_head(hidden[tree.before]).float()
    surprise = functional.cross_entropy(logits, tree.targets, reduction="none")
    return (surprise * tree.weights).sum() / tree.weights.sum()


def fit(model: Any, adapter: Adapter, trees: Iterable[TokenTree]) -> Iterator[float]:
    """A step for every tree, in their order; yields its loss."""
    optimizer = torch.optim.AdamW(adapter.parameters, lr=_RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _share_of_rate)
    for tree in trees:
        surprise = loss(model, tree)
        surprise.backward()
        clip_grad_norm_(adapter.parameters, _STEEPEST)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        yield surprise.item()


def _share_of_rate(step: int) -> float:
    """Up to the highest rate, then down as the root of the steps."""
    return float(min((step + 1) / _WARM, (_WARM / (step + 1)) ** 0.5))


def _beside(down: Tensor, up: Tensor) -> Any:
    def add(layer: Any, given: tuple[Tensor, ...], result: Tensor) -> Tensor:
        thin = given[0] @ down.T.to(result.dtype)
        return result + (ALPHA / RANK) * (thin @ up.T.to(result.dtype))

    return add
