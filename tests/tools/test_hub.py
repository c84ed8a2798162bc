"""Classifiers of the model hub as senses: tiny ones, built and save_model here."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from affectgraph.agents import EmotionAgent, tried
from affectgraph.agents.demo import demo_clip
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError, WeightsMissingError
from affectgraph.tools.registry import find_tool, select_tools

pytestmark = pytest.mark.slow

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

LABELS = ("joy", "ang", "Sadness", "LABEL_3")
TINY = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "id2label": dict(enumerate(LABELS)),
    "label2id": {label: number for number, label in enumerate(LABELS)},
}


def image_model(folder: Path) -> None:
    settings = transformers.ViTConfig(**TINY, image_size=32, patch_size=16)
    transformers.ViTForImageClassification(settings).save_pretrained(folder)
    prepared = {"image_processor_type": "ViTImageProcessor"}
    size = {"size": {"height": 32, "width": 32}}
    (folder / "preprocessor_config.json").write_text(json.dumps(prepared | size))


def text_model(folder: Path) -> None:
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *"abcdefghijklmnopqrstuvwxyz",
    ]
    (folder / "vocab.txt").write_text("\n".join(words))
    transformers.BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    settings = transformers.BertConfig(**TINY, vocab_size=len(words))
    transformers.BertForSequenceClassification(settings).save_pretrained(folder)


def audio_model(folder: Path) -> None:
    settings = transformers.Wav2Vec2Config(
        **TINY, conv_dim=(8, 8), conv_stride=(40, 8), conv_kernel=(80, 8),
        num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
        classifier_proj_size=8, num_feat_extract_layers=2,
    )  # fmt: skip
    transformers.Wav2Vec2ForSequenceClassification(settings).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(folder)


@pytest.fixture
def save_model(tmp_path: Path) -> Callable[..., Path]:
    """Save a tiny classifier: `save_model(image_model)`."""

    def save(make: Callable[[Path], None]) -> Path:
        torch.manual_seed(0)
        folder = tmp_path / make.__name__
        folder.mkdir()
        make(folder)
        return folder

    return save


Saved = Callable[..., Path]


def test_a_classifier_of_pictures_sees_the_face(save_model: Saved) -> None:
    (face,) = select_tools([f"face=hf:{save_model(image_model)}"])
    clip = demo_clip()
    (piece,) = face.perceive(clip, clip.span)
    assert (piece.id, face.needs) == ("F1", "video")
    assert piece.observation.startswith("image_model reads the face most as ")
    assert piece.distribution is not None and piece.distribution["happy"] > 0.1
    assert piece.distribution["fear"] == 0.0
    # A quarter of the labels means nothing, and nothing is known about the model.
    assert 0.3 < piece.quality < 0.45
    assert len(piece.provenance.sha256) == 64
    assert piece.calibration is not None and piece.calibration.weight is None


def test_other_senses_are_shown_the_whole_picture(save_model: Saved) -> None:
    scene = find_tool(f"scene=hf:{save_model(image_model)}")
    film = Clip.open(np.zeros((30, 32, 32, 3), np.uint8), frame_rate=10)
    (piece,) = scene.perceive(film, film.span)
    assert piece.id == "S1" and len(piece.timeline) == 3
    assert piece.measurements["looks"].value == 6


def test_a_classifier_of_sound_hears_speech(save_model: Saved) -> None:
    voice = find_tool(f"prosody=hf:{save_model(audio_model)}")
    clip = demo_clip()
    (piece,) = voice.perceive(clip, clip.span)
    assert (piece.id, voice.needs) == ("P1", "audio")
    assert "reads the prosody most as" in piece.observation


def test_a_classifier_of_words_reads_the_text(save_model: Saved) -> None:
    agent = EmotionAgent(llm=None, tools=[f"tone=hf:{save_model(text_model)}"])
    verdict = agent.analyze(text="I never wanted any of this.")
    assert verdict.modalities["tone"].state == "present"
    assert [piece.id for piece in verdict.evidence] == ["O1"]


@pytest.mark.parametrize("make", [image_model, audio_model, text_model])
def test_each_keeps_the_contract(
    save_model: Saved, make: Callable[[Path], None]
) -> None:
    assert (
        tried(find_tool(f"other=hf:{save_model(make)}"), {"a": demo_clip}).problems
        == ()
    )


def config(folder: Path, **changes: object) -> Path:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))
    return folder


def test_only_safetensors_are_loaded(save_model: Saved) -> None:
    folder = save_model(text_model)
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(SettingError, match="no safetensors weights"):
        find_tool(f"tone=hf:{folder}")


def test_code_that_a_model_brings_is_not_run(save_model: Saved, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    folder = config(
        save_model(text_model),
        model_type="unheard-of",
        auto_map={
            "AutoConfig": "mine.Mine",
            "AutoModelForSequenceClassification": "mine.Mine",
        },
    )
    (folder / "mine.py").write_text(f"open({str(trace)!r}, 'w')")
    verdict = EmotionAgent(llm=None, tools=[f"tone=hf:{folder}"]).analyze(text="Hello.")
    assert verdict.modalities["tone"].state == "failed" and not trace.exists()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id2label": {"0": "cat", "1": "LABEL_1"}}, "cat, LABEL_1.* emotion word"),
        ({"architectures": ["BertForMaskedLM"]}, "BertForMaskedLM does not classify"),
        ({"architectures": None}, "does not classify"),
        ({"id2label": {"0": "depression", "1": "none"}}, "speak of health"),
        ({"id2label": {"0": "truthful", "1": "happy liar"}}, "speak of deception"),
    ],
)
def test_a_model_that_tells_no_emotion_is_refused(
    save_model: Saved, changes: dict, reason: str
) -> None:
    with pytest.raises(SettingError, match=reason):
        find_tool(f"tone=hf:{config(save_model(text_model), **changes)}")


@pytest.mark.parametrize("model", ["", "nowhere", "a/b/c", "../escape/../x"])
def test_what_is_neither_a_folder_nor_a_model_is_refused(model: str) -> None:
    with pytest.raises(SettingError, match="neither a folder nor OWNER/MODEL"):
        find_tool(f"tone=hf:{model}")


@pytest.mark.usefixtures("cache")
def test_a_model_that_is_not_here_is_not_fetched_offline() -> None:
    with pytest.raises(WeightsMissingError, match="somebody/something"):
        find_tool("tone=hf:somebody/something")
