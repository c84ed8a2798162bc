"""The claim checker: no sentence of an explanation says what evidence does not."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from affectgraph.graphs.schema import Claim
from affectgraph.graphs.stance import stance
from affectgraph.memory import Recalled
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Evidence, Measurement
from affectgraph.tools.vocabulary import to_basic

Rule = Callable[[Claim, Sequence[Evidence], str], str]

# The words by which a claim names a sense, a direction, a superlative; and the plain
# words that an explanation may use though no evidence holds them.
_WORDING = json.loads((Path(__file__).parent / "wording.json").read_text())

_LONGEST = 300
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_QUOTED = re.compile(r"[\"“]([^\"”]+)[\"”]")
_INNER = re.compile(
    r"\b(feels?|felt|feelings?|(?:is|are) (?:truly|really|actually|deeply)"
    r"|inside|at heart|mood)\b"
)
_SENTENCE_END = re.compile(r"[.!?]\s+[A-Z]")
_GREATER = re.compile(
    r"(\d+(?:\.\d+)?)[^.\d]*\b(?:higher|greater|more|above|exceeds|stronger|larger)\b"
    r"[^\d]*(\d+(?:\.\d+)?)"
)
_SMALLER = re.compile(
    r"(\d+(?:\.\d+)?)[^.\d]*\b(?:lower|less|below|under|weaker|smaller|fewer)\b"
    r"[^\d]*(\d+(?:\.\d+)?)"
)
_EARLIER = re.compile(r"(\d+(?:\.\d+)?) ?s\b[^\d]*\bbefore\b[^\d]*(\d+(?:\.\d+)?) ?s\b")
_LATER = re.compile(r"(\d+(?:\.\d+)?) ?s\b[^\d]*\bafter\b[^\d]*(\d+(?:\.\d+)?) ?s\b")
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
    cited = [evidence[name] for name in claim.cites if name in evidence]
    if not cited:
        return _about_cases(claim, [cases[name] for name in claim.cites])
    for rule in _RULES:
        if found := rule(claim, cited, label):
            return found
    return ""


def _about_cases(claim: Claim, cited: Sequence[Recalled]) -> str:
    labels = {recalled.case.label for recalled in cited}
    named = {basic for word in _words(claim) if (basic := to_basic(word))}
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
    known = _known_numbers(cited)
    for token in _NUMBER.findall(_QUOTED.sub("", claim.text)):
        decimals = len(token.partition(".")[2])
        half = 0.5 * 10**-decimals + 1e-9
        if not any(abs(float(token) - value) <= half for value in known):
            return f"the number {token} is not in the evidence cited"
    return ""


def _right_direction(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """High, low or typical agrees with how the measurement lies to its baseline."""
    words = set(_words(claim))
    for piece in cited:
        for name, measurement in piece.measurements.items():
            if not words & set(_WORD.findall(name.lower().replace("_", " "))):
                continue
            said = _direction(words)
            if said and measurement.direction not in (said, "unknown"):
                return f"{name} is {measurement.direction}, not {said}"
    return ""


def _right_relation(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """Comparisons between two numbers or times are true of those numbers."""
    text = claim.text.lower()
    for pattern, sign in ((_GREATER, 1), (_SMALLER, -1), (_EARLIER, -1), (_LATER, 1)):
        for one, other in pattern.findall(text):
            if sign * (float(one) - float(other)) <= 0:
                return f"the comparison of {one} with {other} is false"
    told = set(_WORDING["superlative"]) & set(_words(claim)) - _said_in(cited)
    if told and not any(_names_favourite(claim, piece) for piece in cited):
        return f"no evidence cited says {sorted(told)[0]!r}"
    return ""


def _right_emotion(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """An emotion is named only where evidence cited backs it, and on the right side."""
    named = {b for word in _words(claim) if (b := to_basic(word))} - {"neutral"}
    stood = _said_in(cited)
    for emotion in named - {label}:
        backed = any(stance(piece, emotion) == "for" for piece in cited)
        if not backed and emotion not in {to_basic(word) for word in stood}:
            return f"the evidence cited does not show {emotion}"
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
    words = [w for w in _words(claim) if w not in _WORDING["plain"] and len(w) > 2]
    known = {_stem(word) for word in _said_in(cited)}
    known |= {_stem(w) for names in _WORDING["senses"].values() for w in names}
    unknown = [w for w in words if _stem(w) not in known and to_basic(w) is None]
    if words and len(unknown) / len(words) > _MOST_UNKNOWN:
        return f"the evidence cited says nothing of {unknown[0]!r}"
    return ""


_RULES: tuple[Rule, ...] = (
    _right_sense,
    _right_numbers,
    _right_direction,
    _right_relation,
    _right_emotion,
    _right_quotation,
    _nothing_invented,
)


def _words(claim: Claim) -> list[str]:
    """The claim's own words; what it quotes is checked as a quotation."""
    return _WORD.findall(_QUOTED.sub("", claim.text).lower())


def _numbers(text: str) -> list[float]:
    return [float(token) for token in _NUMBER.findall(text)]


def _said_in(cited: Sequence[Evidence]) -> set[str]:
    text = " ".join(piece.observation for piece in cited)
    names = " ".join(name for piece in cited for name in piece.measurements)
    return set(
        _WORD.findall(f"{text} {names} {_labels(cited)}".lower().replace("_", " "))
    )


def _labels(cited: Sequence[Evidence]) -> str:
    return " ".join(piece.modality for piece in cited)


def _known_numbers(cited: Sequence[Evidence]) -> list[float]:
    known: list[float] = []
    for piece in cited:
        known += _numbers(piece.observation)
        known += [piece.span.start, piece.span.end]
        for measurement in piece.measurements.values():
            known += _measured(measurement)
        if piece.distribution is not None:
            known += [
                p * scale for p in piece.distribution.values() for scale in (1, 100)
            ]
    return known


def _measured(measurement: Measurement) -> list[float]:
    values = (measurement.value, measurement.low, measurement.high)
    return [value for value in values if value is not None]


def _direction(words: set[str]) -> str:
    said = [name for name in ("high", "low", "typical") if words & set(_WORDING[name])]
    return said[0] if len(said) == 1 else ""


def _names_favourite(claim: Claim, piece: Evidence) -> bool:
    if piece.distribution is None:
        return False
    favourite = max(BASIC_EMOTIONS, key=piece.distribution.__getitem__)
    return favourite in {to_basic(word) for word in _words(claim)}


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            return word[: -len(ending)]
    return word
