"""The claim checker: no sentence of an explanation says what evidence does not."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from affectgraph.graphs.comparisons import (
    false_emotions,
    false_numbers,
    false_order,
    false_senses,
    in_order,
)
from affectgraph.graphs.schema import Claim
from affectgraph.graphs.stance import stance
from affectgraph.memory import Recalled
from affectgraph.tools.evidence import Evidence, Measurement
from affectgraph.tools.unsaid import unsaid
from affectgraph.tools.vocabulary import to_basic

Rule = Callable[[Claim, Sequence[Evidence], str], str]

# The words by which a claim names a sense, a direction, a superlative; and the plain
# words that an explanation may use though no evidence holds them.
_WORDING = json.loads((Path(__file__).parent / "wording.json").read_text())

# The sense that a word is about, for words by which people name the senses.
SENSE_OF = {w: sense for sense, words in _WORDING["senses"].items() for w in words}
_DIRECTIONS = {word for name in ("high", "low", "typical") for word in _WORDING[name]}
_PLAIN = _DIRECTIONS.union(*_WORDING["plain"].values(), _WORDING["opposing"]) - {
    *SENSE_OF
}
_DENYING = {"no", "not", "never", "neither", "nor"}
_LONGEST = 300
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_SECONDS = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) ?(?:s|seconds?)\b")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_QUOTED = re.compile(r"[\"“]([^\"”]+)[\"”]")
# Words that speak of what is inside a person, not of what can be seen or heard.
_INNER = re.compile(
    r"\b(feel(?:s|ing|ings)?|felt|inner|inward(?:ly)?|inside|deep(?:ly)? down|at heart"
    r"|hearts?|soul|mind|mood|truly|really|genuine(?:ly)?|actually|secretly|deeply"
    r"|experienc\w+|suffer\w*|overwhelm\w*|hid(?:es?|ing|den)|wants?|wish(?:es)?"
    r"|hopes?|longs?|believes?|true emotion|state of)\b"
)
# An emotion that is not the first may be named as the second, or to compare with.
_BESIDE = re.compile(
    r"\b(?:then|second|than|outweigh\w*|exceed\w*|over|rather|less|lower|weaker|not"
    r"|no|without|although|though|but|despite|followed)\b|\d"
)
_SENTENCE_END = re.compile(r"[.!?]\s+[A-Z]")
_MOST_UNKNOWN = 0.34


def problem(
    claim: Claim,
    evidence: Mapping[str, Evidence],
    cases: Mapping[str, Recalled],
    label: str,
) -> str:
    """Why a claim must not stand; empty if nothing is wrong with it.

    Args:
        claim: The claim.
        evidence: All evidence, by id.
        cases: Recalled cases, by `C1`, `C2`, ... in the order of the verdict.
        label: The emotion that the explanation argues for.
    """
    if not claim.cites:
        return "it cites nothing"
    for name in claim.cites:
        if name not in evidence and name not in cases:
            return f"there is no evidence {name}"
    own_words = _QUOTED.sub("", claim.text).strip()
    if not own_words or len(claim.text) > _LONGEST or _SENTENCE_END.search(own_words):
        return "it is not one short sentence"
    if _INNER.search(own_words.lower()):
        return "it states an inner feeling; say what is expressed"
    if kind := unsaid(own_words):
        return f"it speaks of {kind}; say what is expressed"
    cited = [evidence[name] for name in claim.cites if name in evidence]
    if not cited:
        return _about_cases(claim, [cases[name] for name in claim.cites])
    repeated = any(claim.text == piece.observation for piece in cited)
    for rule in (_right_side,) if repeated else _RULES:
        if found := rule(claim, cited, label):
            return found
    return ""


def _about_cases(claim: Claim, cited: Sequence[Recalled]) -> str:
    labels = {recalled.case.label for recalled in cited}
    named = {basic for word in _words(claim) if (basic := _emotion(word))}
    if not named <= labels:
        return f"the cases cited are labelled {', '.join(sorted(labels))}"
    known = [round(recalled.similarity, 2) for recalled in cited]
    for number in _numbers(claim.text):
        if not any(abs(number - value) < 0.006 for value in known):
            return f"{number:g} is not a similarity of the cases cited"
    return ""


def _right_sense(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """A claim that names a sense cites that sense."""
    seen = {piece.modality for piece in cited}
    words = set(_words(claim))
    for modality, names in _WORDING["senses"].items():
        named = words & set(names) - _said_in(cited)
        if named and modality not in seen:
            return f"it speaks of {sorted(named)[0]!r} but cites no {modality} evidence"
    return ""


def _right_numbers(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """Every number stands in the evidence cited, as rounded there or coarser."""
    text = _QUOTED.sub("", claim.text)
    times = set(_SECONDS.findall(text))
    for token in _NUMBER.findall(text):
        known = _known_times(cited) if token in times else _known_numbers(cited)
        half = 0.5 * 10 ** -len(token.partition(".")[2]) + 1e-9
        value = float(token)
        if not any(min(abs(value - k), abs(value - abs(k))) <= half for k in known):
            return f"the number {token} is not in the evidence cited"
    return ""


def _right_direction(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """High, low or typical agrees with how the measurement lies to its baseline."""
    words = set(_words(claim))
    said = _direction(words)
    found = {
        (name, measurement.direction): {
            word
            for word in _WORD.findall(name.lower().replace("_", " "))
            if not _emotion(word)
        }
        for piece in cited
        for name, measurement in piece.measurements.items()
    }
    named = {pair: own for pair, own in found.items() if own & words}
    whole = {pair: own for pair, own in named.items() if own <= words} or named
    for (name, lies), own in whole.items():
        vaguer = any(own < other for other in whole.values())
        if said and not vaguer and lies not in (said, "unknown"):
            return f"{name} is {lies}, not {said}"
    return ""


def _right_comparison(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """What is compared, compares so in the evidence cited."""
    text = _QUOTED.sub("", claim.text).lower()
    words = _words(claim)
    emotions = in_order(
        words, {word: _emotion(word) for word in words if _emotion(word)}
    )
    senses = in_order(words, SENSE_OF)
    told = set(_WORDING["superlative"]) & set(words) - _said_in(cited)
    if told and not emotions:
        return f"no evidence cited says {sorted(told)[0]!r}"
    if len(senses) == 2 and len(emotions) == 1:
        return false_senses(text, senses, emotions[0], cited)
    return (
        false_numbers(text)
        or false_order(text, _QUOTED.findall(claim.text), cited)
        or false_emotions(text, emotions, cited)
    )


def _right_emotion(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """An emotion is named only where evidence cited backs it, or for comparison."""
    words = _words(claim)
    named = {emotion for word in words if (emotion := _emotion(word))}
    told = {
        _emotion(word) for word in _said_in([p for p in cited if not p.distribution])
    }
    backed = {e for e in named if any(stance(piece, e) == "for" for piece in cited)}
    opposed = bool(set(words) & set(_WORDING["opposing"]))
    for emotion in named - backed - told:
        if emotion == label and opposed:
            continue
        if not backed or not _BESIDE.search(claim.text.lower()):
            return f"the evidence cited does not show {emotion}"
    return ""


def _right_side(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """It speaks for the label or against it, as its evidence does."""
    stances = {stance(piece, label) for piece in cited}
    if claim.supports and stances == {"against"}:
        return f"the evidence cited speaks against {label}, not for it"
    if not claim.supports and stances == {"for"}:
        return f"the evidence cited speaks for {label}, not against it"
    return ""


def _right_quotation(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """Words in quotation marks stand in the evidence."""
    for quoted in _QUOTED.findall(claim.text):
        plain = " ".join(_WORD.findall(quoted.lower()))
        if not any(
            plain in " ".join(_WORD.findall(piece.observation.lower()))
            for piece in cited
        ):
            return f"nothing cited says {quoted!r}"
    return ""


def _nothing_invented(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """Most content words come from the evidence or from the words of explaining."""
    words = [w for w in _words(claim) if w not in _PLAIN and len(w) > 2]
    known = {_stem(word) for word in _said_in(cited)}
    known |= {_stem(word) for word in _WORDING["senses named"]}
    unknown = [w for w in words if _stem(w) not in known and not _emotion(w)]
    if words and len(unknown) / len(words) > _MOST_UNKNOWN:
        return f"the evidence cited says nothing of {unknown[0]!r}"
    return ""


_RULES: tuple[Rule, ...] = (
    _right_sense,
    _right_numbers,
    _right_comparison,
    _right_direction,
    _right_emotion,
    _right_side,
    _right_quotation,
    _nothing_invented,
)


def _words(claim: Claim) -> list[str]:
    """The claim's own words; what it quotes is checked as a quotation."""
    return _WORD.findall(_QUOTED.sub("", claim.text).lower())


def _numbers(text: str) -> list[float]:
    return [float(token) for token in _NUMBER.findall(text)]


def _said_in(cited: Sequence[Evidence]) -> set[str]:
    """Words of the evidence: what it observes, its sense, measurements and units."""
    told = [f"{piece.observation} {piece.modality}" for piece in cited]
    told += [
        f"{name} {measurement.unit} {measurement.baseline}"
        for piece in cited
        for name, measurement in piece.measurements.items()
    ]
    return set(_WORD.findall(" ".join(told).lower().replace("_", " ")))


def _known_numbers(cited: Sequence[Evidence]) -> list[float]:
    known = _known_times(cited)
    for piece in cited:
        known += _numbers(piece.observation)
        for measurement in piece.measurements.values():
            known += _measured(measurement)
        if piece.distribution is not None:
            known += [
                p * scale for p in piece.distribution.values() for scale in (1, 100)
            ]
    return known


def _known_times(cited: Sequence[Evidence]) -> list[float]:
    known: list[float] = []
    for piece in cited:
        known += [piece.span.start, piece.span.end, piece.span.seconds]
        known += [float(token) for token in _SECONDS.findall(piece.observation)]
        known += [m.value for m in piece.measurements.values() if m.unit == "s"]
    return known


def _measured(measurement: Measurement) -> list[float]:
    values = (measurement.value, measurement.low, measurement.high)
    return [value for value in values if value is not None]


def _direction(words: set[str]) -> str:
    """Where a measurement is said to lie; "above what is typical" is high."""
    if words & _DENYING:
        return ""
    stems = {_stem(word) for word in words}
    said = [
        name
        for name in ("high", "low", "typical")
        if stems & {_stem(word) for word in _WORDING[name]}
    ]
    if len(said) > 1 and said[-1] == "typical":
        said.pop()
    return said[0] if len(said) == 1 else ""


def _emotion(word: str) -> str:
    """The basic emotion that a word names; words of direction name none."""
    if word in _DIRECTIONS:
        return ""
    return to_basic(word) or to_basic(word.removesuffix("ity")) or ""


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            return word[: -len(ending)]
    return word
