"""Any classifier of the model hub as a sense: of pictures, sound or words.

Only files of the kinds named here are fetched, and only safetensors are loaded: nothing
that a model brings along is run.
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

# Quality of a model about which nothing is known, where it knows all its labels.
_QUALITY = 0.5


def hub_sense(modality: str, model: str, *, prefix: str) -> PerceptionTool:
    """A sense from a classifier, fetched if need be and loaded at its first clip.

    Args:
        modality: What it perceives with; `face` is shown faces, anything else whole
            pictures.
        model: `OWNER/MODEL` of the hub, or a folder.
        prefix: One capital letter.

    Raises:
        SettingError: If the model cannot be a sense.
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
    classifier = HubClassifier(name, folder if local else _fetched(model))
    classifier.check()

    def look(clip: Clip, span: Span) -> list[Evidence]:
        return [_evidence(classifier, modality, clip, span)]

    return PerceptionTool(
        name=modality,
        modality=modality,
        prefix=prefix,
        sense=look,
        needs=NEEDS[classifier.task],
        weights=partial(needed_weights, classifier.task),
        seconds=_SECONDS,
    )


class HubClassifier:
    """A model in a folder, as it describes itself; its weights load at first use."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self._loading = Lock()

    @cached_property
    def config(self) -> dict[str, Any]:
        """What `config.json` says."""
        try:
            found: Any = json.loads(
                read_text(self.folder / "config.json", SettingError)
            )
        except (ValueError, RecursionError) as error:
            raise SettingError(f"{self.name}: its config.json is not JSON") from error
        return found if isinstance(found, dict) else {}

    @cached_property
    def task(self) -> str:
        """Name of its transformers pipeline."""
        architecture = str((self.config.get("architectures") or [""])[0])
        hears = "sampling_rate" in self._said_of_input()
        if "ForImageClassification" in architecture:
            return "image-classification"
        if "ForAudioClassification" in architecture:
            return "audio-classification"
        if "ForSequenceClassification" in architecture:
            return "audio-classification" if hears else "text-classification"
        raise SettingError(
            f"{self.name}: {architecture or 'a model without architecture'} does not "
            "classify pictures, sound or words"
        )

    def _said_of_input(self) -> str:
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
        """Refuse a model that cannot be a sense.

        Raises:
            SettingError: If its labels are no emotions, or speak of health, a trait or
                deception; or its weights are no safetensors.
        """
        if not any(self.folder.glob("*.safetensors")):
            raise SettingError(
                f"{self.name}: no safetensors weights; others are never loaded"
            )
        labels = [*map(str, dict(self.config.get("id2label") or {}).values())]
        if kind := forbidden_topic(" ".join(labels)):
            raise SettingError(f"{self.name}: its labels speak of {kind}: not inferred")
        if self.task and vote_from_scores(dict.fromkeys(labels, 1.0))[1] == 0.0:
            raise SettingError(
                f"{self.name}: none of its labels ({', '.join(labels)}) is "
                "an emotion word; it cannot vote"
            )

    def __call__(self, items: list[Any]) -> list[dict[str, float]]:
        """Scores of its labels for each item."""
        with self._loading:
            pipeline = self._pipeline
        answers = pipeline(items, top_k=None, batch_size=_BATCH)
        return [{one["label"]: float(one["score"]) for one in a} for a in answers]

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


def _fetched(model: str) -> Path:
    if not _REPOSITORY.fullmatch(model):
        raise SettingError(f"hf:{model}: neither a folder nor OWNER/MODEL of the hub")
    from huggingface_hub import snapshot_download

    try:
        place = snapshot_download(
            model,
            allow_patterns=list(_FILES),
            cache_dir=weights.cache_folder() / "hub",
            local_files_only=weights.offline(),
        )
    except Exception as error:  # the hub's client raises errors of several libraries
        reason = str(error).split("\n")[0][:200] or type(error).__name__
        raise WeightsMissingError(f"hf:{model}: cannot be fetched: {reason}") from error
    return Path(place)


def _evidence(
    classifier: HubClassifier, modality: str, clip: Clip, span: Span
) -> Evidence:
    shown = classifier_inputs(classifier.task, modality, clip, span)
    votes = list(_votes(classifier, shown))
    if not votes:
        raise SenseError(f"found nothing to show to {classifier.name}")
    whole = mean_distribution((likely, 1.0) for _, likely, _ in votes)
    known = sum(share for _, _, share in votes) / len(votes)
    best, second = sorted(whole, key=lambda e: -whole[e])[:2]
    times = f", over {len(votes)} looks" if len(votes) > 1 else ""
    return Evidence(
        span=span,
        observation=f"{classifier.name} reads the {modality} most as {best} "
        f"({whole[best]:.2f}), then {second} ({whole[second]:.2f}){times}.",
        measurements={"looks": Measurement(value=len(votes))},
        distribution=whole,
        quality=_QUALITY * known,
        timeline=_timeline(votes),
        provenance=Provenance(model=classifier.name, sha256=classifier.sha256),
    )


def _votes(
    classifier: HubClassifier, shown: Iterator[tuple[Span, Any]]
) -> Iterator[tuple[Span, Distribution, float]]:
    while batch := list(islice(shown, _BATCH)):
        scores = classifier([item for _, item in batch])
        for (span, _), each in zip(batch, scores, strict=True):
            yield span, *vote_from_scores(each)


def _timeline(votes: list[tuple[Span, Distribution, float]]) -> tuple[Moment, ...]:
    moments = []
    for _, group in groupby(votes, key=lambda vote: int(vote[0].start)):
        spans, likely, _ = zip(*group, strict=True)
        mean = mean_distribution((one, 1.0) for one in likely)
        whole = Span(start=spans[0].start, end=spans[-1].end)
        moments.append(Moment(span=whole, distribution=mean))
    return tuple(moments)
