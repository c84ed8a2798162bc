"""What a user would glue together instead: run by `speed.py --peers PYTHON`.

    pip install imageio-ffmpeg opensmile librosa langgraph
    pip install fer==22.4 mtcnn "opencv-contrib-python<5" tensorflow-cpu
    pip install deepface tf-keras faster-whisper

The newer `fer` finds faces with PyTorch; this one needs TensorFlow alone. deepface
downloads its weights at the first picture. Whisper is read from the folder in the
environment variable `WHISPER_FOLDER` (CTranslate2 format).

Nothing of Affectgraph is imported: the interpreter is one that has the others.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from timed_stage import Stage, Work, report

_EVERY = 5


def ffmpeg(clip: Path) -> Work:
    """All pictures and all sound, decoded and thrown away."""

    def decode() -> None:
        program = shutil.which("ffmpeg")
        if program is None:
            from imageio_ffmpeg import get_ffmpeg_exe

            program = get_ffmpeg_exe()
        line = [program, "-v", "error", "-i", str(clip), "-f", "null", "-"]
        subprocess.run(line, check=True)

    return decode


def opensmile_egemaps(clip: Path) -> Work:
    """88 functionals of the sound."""

    @cache
    def smile() -> Any:
        import opensmile

        return opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02)

    return lambda: smile().process_file(str(clip.with_suffix(".wav")))


def librosa_features(clip: Path) -> Work:
    """Cepstrum, chroma, energy, spectral shape and pitch of the sound."""

    def features() -> None:
        import librosa

        samples, rate = librosa.load(clip.with_suffix(".wav"), sr=None)
        librosa.feature.mfcc(y=samples, sr=rate)
        librosa.feature.chroma_stft(y=samples, sr=rate)
        librosa.feature.rms(y=samples)
        librosa.feature.zero_crossing_rate(samples)
        librosa.feature.spectral_centroid(y=samples, sr=rate)
        librosa.feature.spectral_contrast(y=samples, sr=rate)
        librosa.yin(samples, fmin=65, fmax=500, sr=rate)

    return features


def fer_of(*, mtcnn: bool) -> Stage:
    """Faces and their emotions in five pictures a second."""

    @cache
    def reader() -> Any:
        from fer.fer import FER

        return FER(mtcnn=mtcnn)

    def stage(clip: Path) -> Work:
        return lambda: [reader().detect_emotions(frame) for frame in _frames(clip)]

    return stage


def deepface(clip: Path) -> Work:
    """Faces and their emotions in five pictures a second, with its default detector."""
    from deepface import DeepFace

    def analyze() -> None:
        for frame in _frames(clip):
            try:
                DeepFace.analyze(frame, actions=["emotion"], enforce_detection=False)
            except ValueError as error:
                raise ImportError(f"deepface: {error}".splitlines()[0]) from error

    return analyze


def whisper(clip: Path) -> Work:
    """The words, with their times, as `faster-whisper` gives them by default."""

    @cache
    def model() -> Any:
        from faster_whisper import WhisperModel

        folder = os.environ.get("WHISPER_FOLDER")
        if folder is None:
            raise ImportError("a Whisper model: set WHISPER_FOLDER")
        return WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=1)

    return lambda: list(model().transcribe(str(clip), word_timestamps=True)[0])


def langgraph(clip: Path) -> Work:
    """Three nodes that do nothing, with checkpoints in memory."""

    @cache
    def graph() -> Any:
        from langgraph.checkpoint.memory import InMemorySaver
        from langgraph.graph import START, StateGraph

        builder = StateGraph(dict)
        nodes = ("perceive", "fuse", "explain")
        builder.add_sequence([(name, lambda state: state) for name in nodes])
        builder.add_edge(START, nodes[0])
        return builder.compile(checkpointer=InMemorySaver())

    config = {"configurable": {"thread_id": str(clip)}}
    return lambda: graph().invoke({"clip": str(clip)}, config)


def _frames(clip: Path) -> Iterator[Any]:
    import cv2

    film, number = cv2.VideoCapture(str(clip)), 0
    while film.grab():
        if number % _EVERY == 0:
            yield film.retrieve()[1]
        number += 1


STAGES = {
    "ffmpeg, decoding": ffmpeg,
    "openSMILE, eGeMAPS": opensmile_egemaps,
    "librosa, features": librosa_features,
    "fer, Haar": fer_of(mtcnn=False),
    "fer, MTCNN": fer_of(mtcnn=True),
    "deepface": deepface,
    "Whisper": whisper,
    "LangGraph, three nodes": langgraph,
}

if __name__ == "__main__":
    report(STAGES, sys.argv[1:])
