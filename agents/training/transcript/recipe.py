"""Training recipe of the transcript sense: `affectgraph train transcript`."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import onnx
import torch

from affectgraph.agents.training.onnx_files import save_with_contract
from affectgraph.agents.training.transcript.augmented import (
    extract_texts,
    to_text_example,
)
from affectgraph.agents.training.transcript.contract import (
    OtherTexts,
    TextSplit,
    fit_contract,
    print_report,
)
from affectgraph.agents.training.transcript.data import (
    NON_COMMERCIAL,
    TextExample,
    read_comments,
    read_dialogues,
    read_neutral_sentences,
    read_scenes,
    read_word_labels,
    split_by_group,
)
from affectgraph.agents.training.transcript.export import export
from affectgraph.agents.training.transcript.multilingual import train_multilingual
from affectgraph.agents.training.transcript.network import (
    EmotionNetwork,
    fit_network,
)
from affectgraph.tools import weights
from affectgraph.tools.augment.augmented import AugmentedClip, summarize_clips
from affectgraph.tools.errors import SettingError
from affectgraph.tools.transcript.emotion import NETWORK
from affectgraph.tools.transcript.encoding import TextEncoder

START = "minilm-l6"
HELD_OUT_COMMENTS = 0.06
HELD_OUT_DIALOGUES = 0.1


def train(
    data: Path,
    out: Path,
    *,
    seed: int = 0,
    without: tuple[str, ...] = (),
    more: Sequence[AugmentedClip] = (),
) -> None:
    """Fine-tune MiniLM-L6 on comments and dialogue, calibrate, export, and report.

    Args:
        data: Folder in the shared layout; `text/` in it is read.
        out: Folder of `transcript-emotion.onnx` and `transcript-multilingual.onnx`.
            The network is cached beside them without its contract; if it is there,
            only calibration, irony and the multilingual head are fitted.
        seed: Of the split, the order and the heads; on one processor, one seed gives
            one result.
        without: Corpora to leave out: `data.NON_COMMERCIAL` is MELD, licensed for
            research only; speech is then read with the head for comments.
        more: Augmented clips for training only; they count as dialogue if there is
            any.

    Raises:
        SettingError: If `without` names another corpus, or an augmented clip cannot be
            opened.
        WeightsError: If the pretrained MiniLM-L6 is missing, or, for augmented speech,
            the recogniser.
    """
    if set(without) - set(NON_COMMERCIAL):
        raise SettingError(f"transcript can leave out 'meld' only, not {without}")
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    folder = data / "text"
    written = _split(read_comments, folder, HELD_OUT_COMMENTS)
    spoken = None
    if "meld" not in without:
        spoken = _split(read_dialogues, folder, HELD_OUT_DIALOGUES)
    if more:
        _add_augmented(more, spoken or written)
    cache = out / f"transcript-{seed}-{_data_name(without, more)}.onnx"
    _fit_or_reuse(cache, written, spoken, seed)
    encoder = TextEncoder(weights.folder(START) / "tokenizer.json")
    others = OtherTexts(read_scenes(data), read_neutral_sentences(data))
    contract = fit_contract(
        cache, encoder, read_word_labels(folder), written, spoken, others
    )
    save_with_contract(onnx.load(cache), out / NETWORK, contract)
    train_multilingual(
        written.train, written.held_out, written.dev, others.neutral, out
    )
    print_report(out / NETWORK, encoder, contract, "written", written)
    if spoken:
        print_report(out / NETWORK, encoder, contract, "spoken", spoken)


def _add_augmented(more: Sequence[AugmentedClip], split: TextSplit) -> None:
    """Add augmented texts to the training part, except those of other parts."""
    known = {example.text for example in (*split.train, *split.held_out, *split.dev)}
    new = [(clip, text) for clip, text in extract_texts(more) if text not in known]
    split.train.extend(to_text_example(clip, text) for clip, text in new)
    print(summarize_clips([clip for clip, _ in new]))


def _data_name(without: tuple[str, ...], more: Sequence[AugmentedClip]) -> str:
    """Name the training data briefly."""
    name = "-".join(without) or "all"
    if not more:
        return name
    dumped = "".join(clip.model_dump_json() for clip in more)
    return f"{name}-{hashlib.sha256(dumped.encode()).hexdigest()[:12]}"


def _fit_or_reuse(
    cache: Path, written: TextSplit, spoken: TextSplit | None, seed: int
) -> None:
    """Fit and export the network, unless an earlier run did."""
    if cache.exists():
        return
    start = weights.folder(START)
    network, encoder = EmotionNetwork(start), TextEncoder(start / "tokenizer.json")
    turns = spoken.train if spoken else []
    fit_network(network, encoder, written.train, turns, seed)
    if spoken is None:
        network.spoken.load_state_dict(network.written.state_dict())
    export(network, cache)


def _split(
    read: Callable[[Path, str], list[TextExample]], folder: Path, share: float
) -> TextSplit:
    """Split a corpus; texts of the training file are removed from the dev set."""
    train, dev = read(folder, "train"), read(folder, "dev")
    known = {(example.text, example.context) for example in train}
    new = [e for e in dev if (e.text, e.context) not in known]
    return TextSplit(*split_by_group(train, share, seed=0), new)
