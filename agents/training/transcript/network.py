"""The text network in torch: MiniLM with three heads, and its training."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import BertModel

from affectgraph.agents.training.transcript.data import TextExample
from affectgraph.tools.transcript.encoding import TextEncoder, pad_batch

Rows = Sequence[tuple[list[int], int]]

EPOCHS = 2.2
DIALOGUE_EPOCHS = 3.0
COMMENTS_A_STEP = 64
LEARNING_RATE = 1.5e-4
HEAD_LEARNING_RATE = 1e-3
WARM_UP = 0.06
# Of the summed loss of the 28 words, relative to that of the seven emotions.
WORDS_WEIGHT = 0.5


class EmotionNetwork(nn.Module):
    """MiniLM-L6 with heads over the labelled text only, not its context.

    Outputs: logits `spoken` and `written` `[n, 7]` (one head for each register),
    logits `words` `[n, 28]`, unit vectors `embedding` `[n, 384]`.
    """

    def __init__(self, start: Path) -> None:
        """Start from the pretrained encoder in a folder."""
        super().__init__()
        # The backward pass of fused attention is three times slower on a CPU.
        self.encoder = BertModel.from_pretrained(
            start,
            add_pooling_layer=False,
            attn_implementation="eager",
            attention_probs_dropout_prob=0.0,
        )
        width = 2 * self.encoder.config.hidden_size
        self.dropout = nn.Dropout(0.2)
        self.spoken = nn.Linear(width, 7)
        self.written = nn.Linear(width, 7)
        self.words = nn.Linear(width, 28)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return logits and embedding of a padded batch, as `encoding.pad` makes it."""
        hidden = self.encoder(
            input_ids=input_ids,
            attention_mask=attention_mask,
            token_type_ids=token_type_ids,
        ).last_hidden_state.float()
        mask = (attention_mask * (1 - token_type_ids)).unsqueeze(-1).float()
        mean = (hidden * mask).sum(1) / mask.sum(1)
        features = self.dropout(torch.cat([mean, hidden[:, 0]], dim=1))
        embedding = F.normalize(mean, dim=1)
        return (
            self.spoken(features),
            self.written(features),
            self.words(features),
            embedding,
        )


def fit_network(
    network: EmotionNetwork,
    encoder: TextEncoder,
    comments: Sequence[TextExample],
    dialogues: Sequence[TextExample],
    seed: int,
) -> None:
    """Fit the network: each step has a batch of comments and one of dialogue."""
    steps = round(EPOCHS * len(comments) / COMMENTS_A_STEP)
    turns_a_step = round(DIALOGUE_EPOCHS * len(dialogues) / steps)
    optimiser, schedule = _optimiser(network, steps)
    weight = class_weight(dialogues) if dialogues else None
    random = np.random.default_rng(seed)
    written = _batches(comments, COMMENTS_A_STEP, random)
    spoken = _batches(dialogues, turns_a_step, random) if dialogues else None
    network.train()
    for step in range(steps):
        loss = _written_loss(network, encoder, next(written))
        if spoken is not None:
            batch = [_without_context(e, random) for e in next(spoken)]
            loss = loss + _spoken_loss(network, encoder, batch, weight)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        if step % 100 == 0:
            print(f"step {step}/{steps} loss {loss.item():.3f}", flush=True)


def _optimiser(network: EmotionNetwork, steps: int) -> tuple[Any, Any]:
    encoder = list(network.encoder.parameters())
    heads = [p for n, p in network.named_parameters() if not n.startswith("encoder.")]
    optimiser = torch.optim.AdamW(
        [
            {"params": encoder, "lr": LEARNING_RATE},
            {"params": heads, "lr": HEAD_LEARNING_RATE},
        ],
        weight_decay=0.01,
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min(step / (WARM_UP * steps), (steps - step) / steps),
    )
    return optimiser, schedule


def class_weight(examples: Sequence[TextExample]) -> Tensor:
    """Weight classes by one over the root of their share, so that rare ones count."""
    share = np.mean([example.basic for example in examples], axis=0)
    weight = 1.0 / np.sqrt(share)
    return torch.tensor(weight / (share * weight).sum(), dtype=torch.float32)


def _batches(
    examples: Sequence[TextExample], size: int, random: np.random.Generator
) -> Iterator[list[TextExample]]:
    """Yield shuffled batches without end, of similar lengths to save padding."""
    length = np.array([_characters(example) for example in examples])
    while True:
        order = random.permutation(len(examples))
        for start in range(0, len(order), 50 * size):
            window = order[start : start + 50 * size]
            window = window[np.argsort(length[window], kind="stable")]
            pieces = [window[i : i + size] for i in range(0, len(window), size)]
            for piece in random.permutation(len(pieces)):
                yield [examples[i] for i in pieces[piece]]


def _characters(example: TextExample) -> int:
    return len(example.text) + sum(len(turn.text) for turn in example.context)


def _without_context(example: TextExample, random: np.random.Generator) -> TextExample:
    """Drop the context of one turn in six, so that the network learns to miss it."""
    if random.random() < 1 / 6:
        return replace(example, context=())
    return example


def _run(network: EmotionNetwork, rows: Rows) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    batch = {name: torch.from_numpy(ids) for name, ids in pad_batch(rows).items()}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        outputs: tuple[Tensor, Tensor, Tensor, Tensor] = network(**batch)
    return outputs


def _written_loss(
    network: EmotionNetwork, encoder: TextEncoder, batch: Sequence[TextExample]
) -> Tensor:
    outputs = _run(network, [encoder(example.text) for example in batch])
    basic = torch.from_numpy(np.stack([example.basic for example in batch]))
    words = torch.from_numpy(np.stack([example.words for example in batch]))
    # The words of augmented texts are unknown, not absent.
    known = words.amax(dim=1, keepdim=True)
    each = F.binary_cross_entropy_with_logits(outputs[2].float(), words, weight=known)
    summed = each * words.shape[1]
    losses = F.cross_entropy(outputs[1].float(), basic, reduction="none")
    return (losses * _weights(batch)).mean() + WORDS_WEIGHT * summed


def _spoken_loss(
    network: EmotionNetwork,
    encoder: TextEncoder,
    batch: Sequence[TextExample],
    weight: Tensor | None,
) -> Tensor:
    outputs = _run(network, [encoder(e.text, e.context) for e in batch])
    basic = torch.from_numpy(np.stack([example.basic for example in batch]))
    losses = F.cross_entropy(
        outputs[0].float(),
        basic,
        weight=weight,
        label_smoothing=0.05,
        reduction="none",
    )
    return (losses * _weights(batch)).mean()


def _weights(batch: Sequence[TextExample]) -> Tensor:
    return torch.tensor([example.weight for example in batch])
