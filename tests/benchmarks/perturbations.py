"""Which perturbations keep a label: `python tests/benchmarks/perturbations.py DATA`.

Voices of RAVDESS (acted) and faces of FER2013's validation half are perturbed at three
strengths; the sense of that modality, which made none of it, judges them before and
after. Printed: the share of samples that it reads right as they are, and of these the
share that keeps its label. The voices are among those that the sense learned from: what
it keeps of them is an upper bound.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from face_perturbations import FACE
from label_check import check_label
from perturbation import Perturbation
from voice_perturbations import VOICE

from affectgraph.tools import registry
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import Distribution, distribution, top_emotion
from affectgraph.tools.errors import SenseError
from affectgraph.tools.language.vocabulary import to_basic
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.weights import ensure

STRENGTHS = (0.25, 0.5, 1.0)
RAVDESS = dict(
    zip(
        ("01", "02", "03", "04", "05", "06", "07", "08"),
        ("neutral", "neutral", "happy", "sad", "angry", "fear", "disgust", "surprise"),
        strict=True,
    )
)
Sample = tuple[str, Any]


def voices(data: Path, n: int) -> list[Sample]:
    files = sorted((data / "speech" / "ravdess").glob("*.ogg"))
    chosen = np.random.default_rng(0).choice(len(files), n, replace=False)
    return [
        (RAVDESS[files[i].name.split("-")[2]], Clip.open(files[i]).audio())
        for i in chosen
    ]


def faces(data: Path, n: int) -> list[Sample]:
    held = np.load(data / "faces" / "fer2013_validation.npz", allow_pickle=False)
    chosen = np.random.default_rng(0).choice(len(held["pixels"]), n, replace=False)
    names = [to_basic(str(name)) or "" for name in held["fer_classes"]]
    return [
        (names[held["fer_label"][i]], np.repeat(held["pixels"][i][..., None], 3, -1))
        for i in chosen
    ]


def said(tool: PerceptionTool, sample: Any) -> Distribution:
    clip = Clip.open(sample)
    try:
        found = tool.perceive(clip, clip.span)
    except SenseError:
        return distribution({})
    return next((p.distribution for p in found if p.distribution), distribution({}))


def compare(
    tool: PerceptionTool,
    samples: Sequence[Sample],
    perturbations: dict[str, Perturbation],
    show: Callable[[str], None],
) -> None:
    ensure.ensure_weights(tool.needed_weights(Clip.open(samples[0][1])), progress=True)
    before = [said(tool, sample) for _, sample in samples]
    right = [
        (label, sample, told)
        for (label, sample), told in zip(samples, before, strict=True)
        if top_emotion(told) == label
    ]
    show(f"{tool.name}: {len(right)} of {len(samples)} read right as they are")
    for name, perturbation in perturbations.items():
        kept = []
        for strength in STRENGTHS:
            results = [
                check_label(
                    label, told, said(tool, perturbation(sample, strength, n).data)
                )
                for n, (label, sample, told) in enumerate(right)
            ]
            kept.append(np.mean([result.kept for result in results]))
        cells = ", ".join(
            f"{share:.2f} at {strength}"
            for share, strength in zip(kept, STRENGTHS, strict=True)
        )
        show(f"  {name}: keeps {cells}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--voices", type=int, default=60)
    parser.add_argument("--faces", type=int, default=300)
    chosen = parser.parse_args()
    prosody = next(t for t in registry.select_tools(["prosody"]))
    show = lambda line: print(line, flush=True)  # noqa: E731
    compare(registry.aligned_face, faces(chosen.data, chosen.faces), FACE, show)
    compare(prosody, voices(chosen.data, chosen.voices), VOICE, show)


if __name__ == "__main__":
    main()
