"""Classifiers of images, audio or text from the Hugging Face hub as senses.

Only files that match `_FILES` are fetched and only safetensors weights are loaded: no
code of a model runs.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cached_property, partial
from importlib import util
from itertools import groupby, islice
from pathlib import Path
from threading import Lock
from typing import Any

from affectgraph.tools import weights
from affectgraph.tools.adapters.hub_inputs import (
    NEEDS,
    classifier_inputs,
    needed_weights,
)
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import Distribution, mean_distribution
from affectgraph.tools.errors import SenseError, SettingError, WeightsMissingError
from affectgraph.tools.evidence import Evidence, Measurement, Moment, Provenance, Span
from affectgraph.tools.io.reading import open_regular, read_text
from affectgraph.tools.language.forbidden_terms import forbidden_topic
from affectgraph.tools.language.vocabulary import vote_from_scores
from affectgraph.tools.perception import PerceptionTool

_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_BATCH = 8
_SECONDS = 300.0

# Quality of an unmeasured model all of whose labels are emotion words.
_QUALITY = 0.5


def hub_sense(modality: str, model: str, *, prefix: str) -> PerceptionTool:
    """Make a sense of a classifier; its weights load at the first clip.

    Args:
        modality: What it perceives; an image classifier gets face crops for `face`, and
            whole frames for any other modality.
        model: `OWNER/MODEL` of the hub, or a folder.
        prefix: One capital letter.

    Raises:
        SettingError: If the model cannot be used as a sense.
        WeightsMissingError: If it cannot be fetched.
    """
    if util.find_spec("transformers") is None:
        raise SettingError(
            f"{modality}=hf:{model}: transformers is not installed; "
            "run pip install 'affectgraph[transformers]'"
        )
    folder = Path(model)
    local = bool(model) and folder.is_dir()
    name = folder.resolve().name if local else model
    classifier = HubClassifier(name, folder if local else _fetch(model))
    classifier.check()

    def classify(clip: Clip, span: Span) -> list[Evidence]:
        return [_evidence(classifier, modality, clip, span)]

    return PerceptionTool(
        name=modality,
        modality=modality,
        prefix=prefix,
        sense=classify,
        needs=NEEDS[classifier.task],
        weights=partial(needed_weights, classifier.task),
        seconds=_SECONDS,
    )


class HubClassifier:
    """A model in a folder; its weights load at first use."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self._load_lock = Lock()

    @cached_property
    def config(self) -> dict[str, Any]:
        """The content of `config.json`."""
        try:
            config: Any = json.loads(
                read_text(self.folder / "config.json", SettingError)
            )
        except (ValueError, RecursionError) as error:
            raise SettingError(f"{self.name}: its config.json is not JSON") from error
        return config if isinstance(config, dict) else {}

    @cached_property
    def task(self) -> str:
        """Name of its transformers pipeline."""
        architecture = str((self.config.get("architectures") or [""])[0])
        takes_audio = "sampling_rate" in self._preprocessor_config()
        if "ForImageClassification" in architecture:
            return "image-classification"
        if "ForAudioClassification" in architecture:
            return "audio-classification"
        if "ForSequenceClassification" in architecture:
            return "audio-classification" if takes_audio else "text-classification"
        raise SettingError(
            f"{self.name}: {architecture or 'a model without architecture'} does not "
            "classify pictures, sound or words"
        )

    def _preprocessor_config(self) -> str:
        file = self.folder / "preprocessor_config.json"
        return read_text(file, SettingError) if file.exists() else ""

    @cached_property
    def sha256(self) -> str:
        """One hash of its weights."""
        digest = hashlib.sha256()
        for file in sorted(self.folder.glob("*.safetensors")):
            with open_regular(file, SettingError, max_bytes=None) as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
        return digest.hexdigest()

    def check(self) -> None:
        """Check that the model can be used as a sense.

        Raises:
            SettingError: If none of its labels is an emotion word; if a label names
                health, a trait or deception; or if it has no safetensors weights.
        """
        if not any(self.folder.glob("*.safetensors")):
            raise SettingError(
                f"{self.name}: no safetensors weights; other formats are never loaded"
            )
        labels = [*map(str, dict(self.config.get("id2label") or {}).values())]
        if topic := forbidden_topic(" ".join(labels)):
            raise SettingError(
                f"{self.name}: its labels are about {topic}, which is never inferred"
            )
        if self.task and vote_from_scores(dict.fromkeys(labels, 1.0))[1] == 0.0:
            raise SettingError(
                f"{self.name}: none of its labels ({', '.join(labels)}) is "
                "an emotion word; it cannot vote"
            )

    def __call__(self, items: list[Any]) -> list[dict[str, float]]:
        """Label scores of each item, in order."""
        with self._load_lock:
            pipeline = self._pipeline
        answers = pipeline(items, top_k=None, batch_size=_BATCH)
        return [{s["label"]: float(s["score"]) for s in scores} for scores in answers]

    @cached_property
    def _pipeline(self) -> Any:
        from transformers import pipeline

        return pipeline(
            self.task,
            model=str(self.folder),
            device="cpu",
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )


def _fetch(model: str) -> Path:
    if not _REPOSITORY.fullmatch(model):
        raise SettingError(f"hf:{model}: neither a folder nor OWNER/MODEL of the hub")
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(
            model,
            allow_patterns=list(_FILES),
            cache_dir=weights.cache_folder() / "hub",
            local_files_only=weights.offline(),
        )
    except Exception as error:  # the hub's client raises errors of several libraries
        reason = str(error).split("\n")[0][:200] or type(error).__name__
        raise WeightsMissingError(f"hf:{model}: cannot be fetched: {reason}") from error
    return Path(folder)


def _evidence(
    classifier: HubClassifier, modality: str, clip: Clip, span: Span
) -> Evidence:
    inputs = classifier_inputs(classifier.task, modality, clip, span)
    votes = list(_votes(classifier, inputs))
    if not votes:
        raise SenseError(f"found nothing to show to {classifier.name}")
    mean = mean_distribution((vote, 1.0) for _, vote, _ in votes)
    known_share = sum(share for _, _, share in votes) / len(votes)
    first, second = sorted(mean, key=lambda e: -mean[e])[:2]
    times = f", over {len(votes)} looks" if len(votes) > 1 else ""
    return Evidence(
        span=span,
        observation=f"{classifier.name} reads the {modality} most as {first} "
        f"({mean[first]:.2f}), then {second} ({mean[second]:.2f}){times}.",
        measurements={"looks": Measurement(value=len(votes))},
        distribution=mean,
        quality=_QUALITY * known_share,
        timeline=_timeline(votes),
        provenance=Provenance(model=classifier.name, sha256=classifier.sha256),
    )


def _votes(
    classifier: HubClassifier, inputs: Iterator[tuple[Span, Any]]
) -> Iterator[tuple[Span, Distribution, float]]:
    """Span, vote and share of known labels of each input."""
    while batch := list(islice(inputs, _BATCH)):
        scores = classifier([item for _, item in batch])
        for (span, _), label_scores in zip(batch, scores, strict=True):
            yield span, *vote_from_scores(label_scores)


def _timeline(votes: list[tuple[Span, Distribution, float]]) -> tuple[Moment, ...]:
    """One moment for each second in which an input starts."""
    moments = []
    for _, group in groupby(votes, key=lambda vote: int(vote[0].start)):
        spans, distributions, _ = zip(*group, strict=True)
        mean = mean_distribution((d, 1.0) for d in distributions)
        span = Span(start=spans[0].start, end=spans[-1].end)
        moments.append(Moment(span=span, distribution=mean))
    return tuple(moments)
