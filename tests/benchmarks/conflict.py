"""Language models on takes that disagree: `python tests/benchmarks/conflict.py`.

    python tests/benchmarks/conflict.py DATA --llm embedded --llm embedded:NAME

The recipe of the small reasoner put none of the takes together, and had none of their
people and words. Half are CREMA-D recordings (`DATA/clips`), the face of one with the
voice of another, as the senses tell of them. Half are what people wrote about scenes of
films (`DATA/emer`): the face of one scene, voice and words of another, each piece with
the emotion that its scene is labelled with, which no model sees. Printed for each
model: how many replies could be read; words that mean the emotion they were asked for;
right and wrong verdicts; tokens and CPU seconds.
"""

import argparse
import json
import re
import time
from collections import Counter
from itertools import permutations
from pathlib import Path

import numpy as np

from affectgraph.agents import EmotionAgent, Evidence, Provenance, perception_tool
from affectgraph.graphs.external_calls import ModelRequest
from affectgraph.graphs.replay.recording import Recorder
from affectgraph.graphs.verdict.state import Budget
from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Span
from affectgraph.tools.language.vocabulary import to_basic

CREMA = {"NEU": "neutral", "HAP": "happy", "SAD": "sad", "ANG": "angry",
         "FEA": "fear", "DIS": "disgust"}  # fmt: skip
SENSES = {"face": "F", "prosody": "P", "transcript": "T"}
CLUES = re.compile(
    r"In the video, (.+?) In the audio, (.+?) In the text, (.+?[\"”])", re.S
)
LONGEST_CLUE = 260
RATE = 5.0
# A busy machine must not cut an answer short.
PATIENT = 36_000.0

Take = tuple[list[Evidence], str]


def recordings(folder: Path, count: int) -> list[Take]:
    """Faces with the voice of another recording; labelled by the voice."""
    files = sorted(folder.glob("*.flv"))
    pairs = shuffled(list(permutations(files, 2)))
    agent = EmotionAgent(llm=None)
    found = []
    for face, voice in pairs[:count]:
        seen, heard = Clip.open(face), Clip.open(voice)
        frames = np.stack([f.image for f in seen.frames(seen.span, rate=RATE)])
        clip = Clip.open(frames, audio=heard.audio(), frame_rate=RATE)
        label = CREMA[voice.stem.split("_")[2]]
        found.append((list(agent.analyze(clip).evidence), label))
    return found


def scenes(file: Path, count: int) -> list[Take]:
    """A face as described in one scene, voice and words as in another."""
    read = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    told = []
    for row in read:
        clues = CLUES.search(row["clues_en"])
        named = Counter(b for word in row["labels"] if (b := to_basic(word)))
        if clues and named and named.most_common(1)[0][1] * 2 > named.total():
            label = named.most_common(1)[0][0]
            told.append((label, [first_sentences(clue) for clue in clues.groups()]))
    found = []
    for number, (label, clues) in enumerate(told):
        other = next((t for t in told[number + 1 :] if t[0] != label), None)
        if other is not None:
            parts = zip(SENSES, [clues[0], *other[1][1:]], strict=True)
            labels = (label, other[0], other[0])
            pieces = [
                described(*part, shown)
                for part, shown in zip(parts, labels, strict=True)
            ]
            found.append((pieces, other[0]))
    return shuffled(found)[:count]


def shuffled(things: list) -> list:
    """In an order without meaning, always the same."""
    return [things[n] for n in np.random.default_rng(0).permutation(len(things))]


def first_sentences(clue: str) -> str:
    """The clue, or as many of its sentences as are short enough."""
    text = " ".join(clue.split())
    if len(text) <= LONGEST_CLUE:
        return text
    return text[:LONGEST_CLUE].rpartition(". ")[0] or text[:LONGEST_CLUE]


def described(modality: str, text: str, label: str) -> Evidence:
    shares = {e: (0.76 if e == label else 0.04) for e in BASIC_EMOTIONS}
    return Evidence(
        id=f"{SENSES[modality]}1", modality=modality, span=Span(start=0, end=4),
        observation=text[0].upper() + text[1:], distribution=shares, quality=0.7,
        provenance=Provenance(model="people"),
    )  # fmt: skip


def senses(evidence: list[Evidence]) -> list:
    """Senses that tell just this evidence."""

    def sense(modality: str):
        own = [p for p in evidence if p.modality == modality]

        def look(clip: Clip, span: Span) -> list[Evidence]:
            return [p.model_copy(update={"embedding": None}) for p in own]

        look.__name__ = modality
        return perception_tool(modality=modality, prefix=SENSES[modality])(look)

    return [sense(m) for m in SENSES if any(p.modality == m for p in evidence)]


def analyzed(take: Take, llm: str | None):
    """The verdict of a take, what the model was asked and replied, CPU seconds."""
    seconds = max(piece.span.end for piece in take[0])
    clip = Clip.open(np.zeros(int(16_000 * seconds) + 1, np.float32))
    recorder = Recorder()
    budget = Budget(seconds=PATIENT)
    agent = EmotionAgent(llm=llm, tools=senses(take[0]), budget=budget)
    started = time.process_time()
    verdict = agent.analyze(clip, record=recorder)
    took = time.process_time() - started
    asked = [
        t for t in recorder.run.record.calls if isinstance(t.question, ModelRequest)
    ]
    return verdict, [(t.question, t.answer) for t in asked], took


def tally(verdict, asked, count: Counter) -> None:
    """Count what is right in the replies of one run."""
    for question, answer in asked:
        kind = question.options["response_format"]["json_schema"]["name"]
        count["asked"] += 1
        try:
            reply = json.loads(answer.text)
        except ValueError:
            continue
        count["replies read"] += 1
        if kind == "Words":
            for label in set(reply) & set(BASIC_EMOTIONS):
                (word,) = reply[label]
                count["words"] += 1
                count["words right"] += to_basic(word) == label
                count["words that are the label"] += word.lower() == label


def weigh(verdict, label: str, count: Counter) -> None:
    """Count a verdict that was right or wrong."""
    leading = max(verdict.distribution, key=verdict.distribution.__getitem__)
    outcome = "right" if leading == label else "wrong"
    count[f"verdicts {outcome}"] += 1


def report(name: str, kind: str, count: Counter) -> None:
    n = count["verdicts right"] + count["verdicts wrong"]
    parts = {
        "replies read": "asked",
        "words right": "words",
        "words that are the label": "words",
    }
    print(f"{name} on {n} {kind}:")
    for part, whole in parts.items():
        print(f"  {part} {count[part]} of {count[whole]}")
    for part in sorted(key for key in count if key.startswith("verdicts")):
        print(f"  {part}: {count[part]}")
    tokens, seconds = count["tokens"] / n, count["milliseconds"] / n / 1000
    print(f"  {tokens:.0f} tokens and {seconds:.1f} CPU s a take", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--llm", action="append", required=True)
    parser.add_argument("--takes", type=int, default=12, help="of each kind")
    chosen = parser.parse_args()
    kinds = {
        "recombined recordings": recordings(chosen.data / "clips", chosen.takes),
        "recombined scenes": scenes(chosen.data / "emer" / "emer.jsonl", chosen.takes),
    }
    for name in chosen.llm:
        for kind, found in kinds.items():
            count: Counter = Counter()
            for take in found:
                verdict, asked, seconds = analyzed(take, name)
                tally(verdict, asked, count)
                weigh(verdict, take[1], count)
                count["tokens"] += verdict.provenance.spent.completion_tokens
                count["milliseconds"] += round(1000 * seconds)
            report(name, kind, count)


if __name__ == "__main__":
    main()
