"""Which perturbations keep a label: `python tests/benchmarks/perturbations.py DATA`.

Voices of RAVDESS (acted) and faces of FER2013's validation half are perturbed at three
strengths; the sense of that modality, which made none of it, judges them before and
after. Printed: the share of samples that it reads right as they are, and of these the
share that keeps its label. The voices are among those that the sense learned from: what
it keeps of them is an upper bound. A face and a voice that were read right are then put
together: of different labels, to see whether each is still read and the conflict
noticed; and of one, each part left out. With `--llm NAME` a language model puts lines
of television dialogue (MELD dev) into other words.
"""

import argparse
import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from affectgraph.agents import EmotionAgent
from affectgraph.graphs.augment.rephrase import rephrased
from affectgraph.graphs.verdict.nodes.fuse import pool
from affectgraph.tools import registry
from affectgraph.tools.augment import (
    FACE,
    VOICE,
    Combined,
    Perturbation,
    conflict,
    judged,
    judged_parts,
    missing,
)
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import Distribution, distribution, top
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
) -> list[Sample]:
    ensure.have(tool.needed_weights(Clip.open(samples[0][1])), progress=True)
    before = [said(tool, sample) for _, sample in samples]
    right = [
        (label, sample, told)
        for (label, sample), told in zip(samples, before, strict=True)
        if top(told) == label
    ]
    show(f"{tool.name}: {len(right)} of {len(samples)} read right as they are")
    for name, perturbation in perturbations.items():
        kept = []
        for strength in STRENGTHS:
            results = [
                judged(label, told, said(tool, perturbation(sample, strength, n).data))
                for n, (label, sample, told) in enumerate(right)
            ]
            kept.append(np.mean([result.kept for result in results]))
        cells = ", ".join(
            f"{share:.2f} at {strength}"
            for share, strength in zip(kept, STRENGTHS, strict=True)
        )
        show(f"  {name}: keeps {cells}")
    return [(label, sample) for label, sample, _ in right]


def combine(
    faces: Sequence[Sample], voices: Sequence[Sample], show: Callable[[str], None]
) -> None:
    """Each voice with a face of another label, and with one of its own."""
    prosody = next(t for t in registry.chosen(["prosody"]))
    tools = {"face": registry.aligned_face, "prosody": prosody}
    kept, noticed, left = [], [], []
    for number, (label, voice) in enumerate(voices):
        for same in (False, True):
            fitting = [one for one in faces if (one[0] == label) == same]
            if not fitting:
                continue
            face_label, face = fitting[number % len(fitting)]
            parts = {"face": face, "prosody": voice}
            labels = {"face": face_label, "prosody": label}
            before = {name: said(tool, parts[name]) for name, tool in tools.items()}
            if same:
                left += [
                    one.kept
                    for lacking in missing(parts, labels)
                    for one in judge(tools, lacking, before)[0]
                ]
            else:
                found, conflicts = judge(tools, conflict(parts, labels), before)
                kept += [one.kept for one in found]
                noticed.append(conflicts)
    share = f"{np.mean(noticed):.2f} of {len(noticed)} noticed"
    show(f"conflict: parts keep {np.mean(kept):.2f}, {share}")
    show(f"missing: what is left keeps {np.mean(left):.2f} of {len(left)}")


def judge(
    tools: dict[str, PerceptionTool],
    combined: Combined,
    before: dict[str, Distribution],
) -> tuple[list[Any], bool]:
    clip = combined.clip()
    evidence = [
        piece
        for name in combined.parts
        for piece in tools[name].perceive(clip, clip.span)
    ]
    fused = pool(evidence)
    found = judged_parts(combined, before, fused.by_modality)
    return list(found.values()), bool(fused.conflicts)


def reword(data: Path, llm: str, n: int, show: Callable[[str], None]) -> None:
    agent = EmotionAgent(llm=llm, tools=["transcript"], progress=True)
    with (data / "text" / "meld_dev.csv").open(encoding="utf-8") as file:
        lines = [
            (row["Utterance"], to_basic(row["Emotion"])) for row in csv.DictReader(file)
        ]
    chosen = np.random.default_rng(0).permutation(len(lines))
    texts = [lines[i] for i in chosen if len(lines[i][0].split()) > 4 and lines[i][1]]
    for how in ("paraphrase", "continuation"):
        found = [rephrased(t, str(e), how, agent.reasoner, None) for t, e in texts[:n]]
        wrote = [one for one in found if one is not None]
        show(
            f"{how} by {llm}: {len(wrote)} of {n} written, "
            f"{sum(one.likeness.kept for one in wrote)} mean the same, "
            f"{sum(one.judged.kept for one in wrote)} keep the label, "
            f"{sum(one.kept for one in wrote)} both; "
            f"change {np.mean([one.likeness.change for one in wrote]):.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--voices", type=int, default=60)
    parser.add_argument("--faces", type=int, default=300)
    parser.add_argument("--llm")
    parser.add_argument("--lines", type=int, default=20)
    chosen = parser.parse_args()
    prosody = next(t for t in registry.chosen(["prosody"]))
    show = lambda line: print(line, flush=True)  # noqa: E731
    if chosen.llm:
        reword(chosen.data, chosen.llm, chosen.lines, show)
    seen = compare(registry.aligned_face, faces(chosen.data, chosen.faces), FACE, show)
    heard = compare(prosody, voices(chosen.data, chosen.voices), VOICE, show)
    combine(seen, heard, show)


if __name__ == "__main__":
    main()
