"""How other languages are read: `python tests/benchmarks/languages.py DATA`.

Three materials for the reader of sentence vectors (`transcript-multilingual.onnx`):

- two lines for each emotion, which a language model put into 14 languages
  (`parallel_lines.tsv`); of each, whether it is read as meant, and as the English line
  is read;
- the ten sentences of EmoDB, and those of nEMO as Whisper base writes a neutral take of
  each. Actors spoke every one with every emotion, so that the words say nothing: a good
  reading is unsure, and its log loss over the takes close to that of the base rate.
"""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from affectgraph.agents.evaluation.metrics import mean_recall, top_ece
from affectgraph.tools import weights
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.transcript.emotion import classify
from affectgraph.tools.transcript.multilingual import LANGUAGES
from affectgraph.tools.transcript.recognition import MULTILINGUAL_MODEL

PARALLEL = Path(__file__).with_name("parallel_lines.tsv")
EMODB_SENTENCES = {
    "a01": "Der Lappen liegt auf dem Eisschrank.",
    "a02": "Das will sie am Mittwoch abgeben.",
    "a04": "Heute Abend könnte ich es ihm sagen.",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    "a07": "In sieben Stunden wird es so weit sein.",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes"
    " besucht.",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen.",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
}
# Boredom (L) is no basic emotion.
EMODB_EMOTIONS = dict(N="neutral", F="happy", T="sad", W="angry", A="fear", E="disgust")
NEMO_EMOTIONS = dict(
    neutral="neutral",
    happiness="happy",
    sadness="sad",
    anger="angry",
    fear="fear",
    surprised="surprise",
)

Floats = NDArray[np.floating[Any]]
# A spoken sentence, and the emotion that its actor played.
Take = tuple[str, int]


def read(texts: Sequence[str], language: str) -> Floats:
    """Votes, [n, 7]."""
    readings = classify(texts, language=language)
    return np.array([list(reading.distribution.values()) for reading in readings])


def report_parallel() -> None:
    """Print how lines of one meaning are read, by language."""
    lines = defaultdict(list)
    for row in PARALLEL.read_text(encoding="utf-8").splitlines():
        if not row.startswith("#"):
            emotion, language, text = row.split("\t")
            lines[language].append((BASIC_EMOTIONS.index(emotion), text))
    meant = np.array([emotion for emotion, _ in lines["en"]])
    english = read([text for _, text in lines["en"]], "en").argmax(axis=1)
    votes = {}
    for language, name in LANGUAGES.items():
        votes[language] = read([text for _, text in lines[language]], language)
        top = votes[language].argmax(axis=1)
        same = (top == english).mean()
        print(f"{name}: right {(top == meant).mean():.2f}, as in English {same:.2f}")
    others = np.concatenate([votes[code] for code in LANGUAGES if code != "en"])
    truth = np.tile(meant, len(LANGUAGES) - 1)
    top = others.argmax(axis=1)
    print(
        f"14 other languages, {len(truth)} lines: accuracy {(top == truth).mean():.3f},"
        f" UAR {mean_recall(truth, top):.3f},"
        f" calibration error {top_ece(others, truth):.3f}"
    )
    for index, emotion in enumerate(BASIC_EMOTIONS):
        print(f"  {emotion} {(top == truth)[truth == index].mean():.2f}")


def report_spoken(
    name: str, takes: Sequence[Take], texts: Mapping[str, str], language: str
) -> None:
    """Print how sentences that say nothing are read, against what actors played."""
    sentences = sorted(texts)
    of_sentence = read([texts[sentence] for sentence in sentences], language)
    votes = np.stack([of_sentence[sentences.index(sentence)] for sentence, _ in takes])
    played = np.array([emotion for _, emotion in takes])
    base = np.bincount(played, minlength=len(BASIC_EMOTIONS)) / len(played)
    losses = -np.log(votes[np.arange(len(played)), played])
    top = of_sentence.max(axis=1)
    print(
        f"{name}, {len(sentences)} sentences, {len(played)} takes: top probability"
        f" {top.mean():.2f} on average, {top.max():.2f} at most; neutral on top of"
        f" {(of_sentence.argmax(axis=1) == 0).mean():.2f}; log loss"
        f" {losses.mean():.2f}, base rate {-np.log(base[played]).mean():.2f},"
        f" uniform {np.log(len(BASIC_EMOTIONS)):.2f};"
        f" calibration error {top_ece(votes, played):.3f}"
    )


def emodb_takes(folder: Path) -> list[Take]:
    """Sentence and played emotion of each take."""
    return [
        (path.stem[2:5], BASIC_EMOTIONS.index(EMODB_EMOTIONS[path.stem[5]]))
        for path in sorted(folder.glob("*.ogg"))
        if path.stem[5] in EMODB_EMOTIONS
    ]


def nemo_takes(folder: Path) -> list[Take]:
    """Sentence and played emotion of each take."""
    parts = [path.stem.split("_") for path in sorted(folder.glob("*.ogg"))]
    return [
        (sentence, BASIC_EMOTIONS.index(NEMO_EMOTIONS[emotion]))
        for _, emotion, sentence in parts
    ]


def recognise_nemo(folder: Path) -> dict[str, str]:
    """What Whisper base writes of a neutral take of each sentence."""
    recogniser = WhisperModel(
        str(weights.folder(MULTILINGUAL_MODEL)), compute_type="int8", cpu_threads=1
    )
    texts: dict[str, str] = {}
    for path in sorted(folder.glob("*_neutral_*.ogg")):
        sentence = path.stem.rpartition("_")[2]
        if sentence not in texts:
            segments, _ = recogniser.transcribe(str(path), language="pl", beam_size=1)
            texts[sentence] = " ".join(segment.text.strip() for segment in segments)
    return texts


def main(data: Path) -> None:
    """Print all figures."""
    report_parallel()
    speech = data / "speech"
    report_spoken("EmoDB", emodb_takes(speech / "emodb"), EMODB_SENTENCES, "de")
    nemo = speech / "nemo"
    report_spoken("nEMO", nemo_takes(nemo), recognise_nemo(nemo), "pl")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
