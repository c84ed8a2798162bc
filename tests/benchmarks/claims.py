"""How faithful the checker is: `python tests/benchmarks/claims.py [--author second]`.

The senses look at the demo's face and voice, altered in a dozen ways, at sentences, and
at the clips of a folder. From their evidence 300 true claims are worded, and 300 false
ones: a wrong id, direction, relation, time or sense, an invented fact, an inner
feeling. The checker should catch the false and let the true stand. The wordings are
not its author's but of one of two others; half of them are held out. Intervals are
Wilson's, 95%.
"""

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import sqrt
from pathlib import Path
from types import ModuleType
from typing import Any

import claim_wordings
import claim_wordings_second
import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from affectgraph.agents import Clip, EmotionAgent, Evidence, Verdict
from affectgraph.agents.demo import demo_clip
from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.schema import Claim
from affectgraph.graphs.verdict.claim_facts import facts_of
from affectgraph.tools.emotions import BASIC_EMOTIONS, top_emotion
from affectgraph.tools.evidence import Measurement

SENTENCES = (
    "I never wanted any of this. Leave me alone!",
    "What a lovely surprise, you remembered my birthday!",
    "He was not even sorry, and I am still shaking.",
    "The train leaves at nine from platform four.",
    "That soup smells rotten, I can't eat it.",
    "I miss my brother and I cannot sleep.",
    "We won! I can't believe that we won!",
    "Why would you do that to her? It is disgusting.",
)
EACH = 300
AUTHORS = {"first": claim_wordings, "second": claim_wordings_second}


@dataclass(frozen=True)
class Case:
    """A claim with what is known about it."""

    claim: Claim
    kind: str
    held_out: bool
    verdict: Verdict


class Worded(str):
    """A sentence that knows whether its wording is held out."""

    held_out = False


@dataclass(frozen=True)
class Wording:
    """Draws wordings of one author."""

    say: ModuleType
    chance: random.Random

    def __call__(self, choices: Sequence[str], **parts: str) -> Worded:
        number = self.chance.randrange(len(choices))
        text = choices[number].format(**parts)
        end = "" if text.endswith(".") else "."
        worded = Worded(text[0].upper() + text[1:] + end)
        worded.held_out = number % 2 == 1
        return worded

    def one(self, choices: Sequence[Any]) -> Any:
        return self.chance.choice(choices)


def clips(folder: Path | None) -> Iterator[Clip]:
    """Faces and voices made from the demo's, sentences, and a folder's clips."""
    demo = demo_clip()
    (picture,) = demo.frames()
    voice = demo.audio()
    noise = np.random.default_rng(0).normal(0, 0.01, len(voice)).astype(np.float32)
    faces: list[Callable[[Any], Any]] = [
        lambda image: image,
        lambda image: image[:, ::-1],
        lambda image: cv2.convertScaleAbs(image, alpha=0.5),
        lambda image: cv2.GaussianBlur(image, (0, 0), 2),
    ]
    speeds = (0.8, 0.9, 1.0, 1.1, 1.25, 1.4)
    for number, speed in enumerate(speeds * 2):
        times = np.arange(0, len(voice), speed)
        heard = np.interp(times, np.arange(len(voice)), voice).astype(np.float32)
        if number >= len(speeds):
            heard = heard[: len(heard) * 2 // 3] + noise[: len(heard) * 2 // 3]
        seen = faces[number % len(faces)](picture.image)
        yield Clip.open(np.ascontiguousarray(seen), audio=heard)
    yield from (Clip.open(text=text) for text in SENTENCES)
    yield from (Clip.open(file) for file in sorted(folder.iterdir())) if folder else ()


def sides(piece: Evidence, verdict: Verdict) -> bool:
    label = verdict.label or top_emotion(verdict.distribution)
    return stance(piece, label) != "against"


def told(measured: Measurement, value: float) -> str:
    return f"{value:.2f} {measured.unit}".strip()


def usual(measured: Measurement) -> str:
    low, high = measured.low, measured.high
    if low is None or high is None:
        return ""
    return f"{low:.1f} to {high:.1f} {measured.unit}".strip()


def direction(verdict: Verdict, word: Wording, *, true: bool) -> Iterator[Any]:
    for piece in verdict.evidence:
        for name, measured in piece.measurements.items():
            if name in word.say.SUBJECTS and measured.direction in ("low", "high"):
                subject = word.one(word.say.SUBJECTS[name])
                high = (measured.direction == "high") == true
                parts = {"s": subject, "v": told(measured, measured.value)}
                choices = word.say.HIGH if high else word.say.LOW
                yield word(choices, **parts, r=usual(measured)), (piece,)


def number(verdict: Verdict, word: Wording, *, true: bool) -> Iterator[Any]:
    for piece in verdict.evidence:
        for name, measured in piece.measurements.items():
            if name in word.say.SUBJECTS:
                value = measured.value if true else measured.value * 1.4 + 0.3
                parts = {"s": word.one(word.say.SUBJECTS[name])}
                yield word(word.say.NUMBER, **parts, v=told(measured, value)), (piece,)


def voters(verdict: Verdict, word: Wording) -> list[Evidence]:
    known = word.say.SENSES
    return [p for p in verdict.evidence if p.distribution and p.modality in known]


def relation(verdict: Verdict, word: Wording, *, true: bool) -> Iterator[Any]:
    votes = voters(verdict, word)
    for piece in votes:
        shares = piece.distribution or {}
        ranked = sorted(BASIC_EMOTIONS, key=lambda e: -shares[e])
        one, other = ranked[0], word.one(ranked[1:4])
        first, second = (one, other) if true else (other, one)
        named = word.one(word.say.SENSES[piece.modality])
        parts = {"m": named, "e": first, "f": second, "p": f"{shares[first]:.2f}"}
        nouns = {"n": word.say.NOUNS[first], "o": word.say.NOUNS[second]}
        yield word(word.say.MOST, **parts, **nouns), (piece,)
        yield word(word.say.MORE, **parts, **nouns), (piece,)
    for one_vote, other_vote in permutations(votes, 2):
        emotion = top_emotion(one_vote.distribution or {})
        a, b = ((p.distribution or {})[emotion] for p in (one_vote, other_vote))
        if one_vote.modality == other_vote.modality or a - b < 0.15:
            continue
        pair = (one_vote, other_vote) if true else (other_vote, one_vote)
        m, k = (word.one(word.say.SENSES[p.modality]) for p in pair)
        text = word(word.say.ACROSS, m=m, k=k, e=emotion, n=word.say.NOUNS[emotion])
        yield text, (one_vote, other_vote)


def sense(verdict: Verdict, word: Wording, *, true: bool) -> Iterator[Any]:
    """What a piece says, said of its own sense or of another."""

    def named(piece: Evidence) -> str:
        others = [m for m in word.say.SENSES if (m == piece.modality) == true]
        return str(word.one(word.say.SENSES[word.one(others)]))

    for piece in voters(verdict, word):
        emotion = top_emotion(piece.distribution or {})
        parts = {"e": emotion, "n": word.say.NOUNS[emotion]}
        yield word(word.say.SENSE, m=named(piece), **parts), (piece,)
    for piece in verdict.evidence:
        for name, measured in piece.measurements.items():
            if name in word.say.SUBJECTS:
                parts = {"s": word.one(word.say.SUBJECTS[name]), "m": named(piece)}
                value = told(measured, measured.value)
                yield word(word.say.SOURCE, **parts, v=value), (piece,)


def quotes(piece: Evidence) -> list[str]:
    return piece.observation.split('"')[1::2]


def timed(verdict: Verdict) -> list[tuple[Evidence, str, str]]:
    """Pieces about a moment, with what is then and what is said then."""
    found = []
    for piece in verdict.evidence:
        said = quotes(piece)
        if not 0 < piece.span.seconds < 4:
            continue
        if said and piece.observation.startswith("The word"):
            quoted = f'"{said[0]}"'
            found.append((piece, f"{quoted} is said", quoted))
        elif piece.observation.startswith("Pauses"):
            found.append((piece, "the voice pauses", ""))
    return found


def time(verdict: Verdict, word: Wording, *, true: bool) -> Iterator[Any]:
    found = timed(verdict)
    shift = 0.0 if true else word.one((1.3, 2.4, 3.7))
    for piece, what, _ in found:
        a, b = (f"{t + shift:.1f}" for t in (piece.span.start, piece.span.end))
        yield word(word.say.WHEN, x=what, a=a, b=b), (piece,)
    for (one, _, x), (other, _, y) in permutations(found, 2):
        if x and y and x != y and one.span.end + 0.1 < other.span.start:
            first, then = (x, y) if true else (y, x)
            yield word(word.say.BEFORE, x=first, y=then), (one, other)


def quote(verdict: Verdict, word: Wording) -> Iterator[Any]:
    for piece in verdict.evidence:
        for said in quotes(piece):
            yield word(word.say.QUOTE, q=f'"{said}"'), (piece,)


def wrong_id(verdict: Verdict, word: Wording) -> Iterator[Any]:
    """True sentences under the id of a piece that does not say so, or of none."""
    said = [*direction(verdict, word, true=True), *number(verdict, word, true=True)]
    for text, (piece,) in [*said, *quote(verdict, word)]:
        ghost = piece.model_copy(update={"id": f"{piece.id[0]}{word.one((19, 23))}"})
        others = [
            other
            for other in verdict.evidence
            if other.observation not in piece.observation
            and not set(piece.measurements) & set(other.measurements)
            and not any(q in other.observation for q in quotes(piece))
        ]
        yield text, (word.one([ghost, *others]),)


def invented(verdict: Verdict, word: Wording) -> Iterator[Any]:
    for piece in verdict.evidence:
        yield word(word.say.INVENTED), (piece,)


def inner(verdict: Verdict, word: Wording) -> Iterator[Any]:
    for piece in voters(verdict, word):
        emotion = top_emotion(piece.distribution or {})
        parts = {"e": emotion, "n": word.say.NOUNS[emotion]}
        named = word.one(word.say.SENSES[piece.modality])
        yield word(word.say.INNER, m=named, **parts), (piece,)


TRUE: dict[str, Any] = {
    "direction": lambda v, w: direction(v, w, true=True),
    "number": lambda v, w: number(v, w, true=True),
    "relation": lambda v, w: relation(v, w, true=True),
    "time": lambda v, w: time(v, w, true=True),
    "sense": lambda v, w: sense(v, w, true=True),
    "quotation": quote,
}
FALSE: dict[str, Any] = {
    "direction": lambda v, w: direction(v, w, true=False),
    "relation": lambda v, w: relation(v, w, true=False),
    "time": lambda v, w: time(v, w, true=False),
    "sense": lambda v, w: sense(v, w, true=False),
    "wrong id": wrong_id,
    "invented fact": lambda v, w: [*invented(v, w), *number(v, w, true=False)],
    "inner feeling": inner,
}


def cases(
    verdicts: Sequence[Verdict], kinds: dict[str, Any], word: Wording
) -> Iterator[Case]:
    """As many claims of each kind, every wording as often as any other."""
    for kind, make in kinds.items():
        pool: list[Case] = []
        for _ in range(4):
            for verdict in verdicts:
                for text, pieces in make(verdict, word):
                    claim = Claim(
                        text=text,
                        cites=tuple(piece.id for piece in pieces),
                        supports=sides(pieces[0], verdict),
                    )
                    pool.append(Case(claim, kind, text.held_out, verdict))
        yield from word.chance.sample(pool, EACH // len(kinds))


def dropped(case: Case) -> bool:
    return bool(claim_problem(case.claim, facts_of(case.verdict)))


def share(found: Sequence[bool]) -> str:
    """A share in percent with its 95% interval (Wilson 1927)."""
    n, p, z = len(found), sum(found) / max(1, len(found)), 1.96
    if n == 0:
        return "-"
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low, high = (100 * max(0.0, min(1.0, middle + s * half)) for s in (-1, 1))
    return f"{100 * p:.1f} [{low:.0f}, {high:.0f}] of {n}"


def report(title: str, found: Sequence[tuple[Case, bool]]) -> Table:
    table = Table(title, "all", "wordings in view", "held out", box=None)
    for kind in ["all", *dict.fromkeys(case.kind for case, _ in found)]:
        mine = [(c, is_so) for c, is_so in found if kind in ("all", c.kind)]
        halves = [
            [is_so for c, is_so in mine if c.held_out == h] for h in (False, True)
        ]
        table.add_row(kind, share([is_so for _, is_so in mine]), *map(share, halves))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, help="a folder of clips to add")
    parser.add_argument("--author", choices=AUTHORS, default="first")
    parser.add_argument("--show", action="store_true", help="wordings in view that err")
    chosen = parser.parse_args()
    agent = EmotionAgent(llm=None)
    verdicts = [agent.analyze(clip) for clip in clips(chosen.clips)]
    word = Wording(AUTHORS[chosen.author], random.Random(0))
    console = Console(width=110)
    for title, kinds, wanted in (
        ("% of false claims caught", FALSE, True),
        ("% of true claims dropped", TRUE, False),
    ):
        found = [(case, dropped(case)) for case in cases(verdicts, kinds, word)]
        console.print(report(title, found))
        for case, was in found if chosen.show else ():
            if was != wanted and not case.held_out:
                console.print(f"  {case.kind}: {case.claim}", highlight=False)


if __name__ == "__main__":
    main()
