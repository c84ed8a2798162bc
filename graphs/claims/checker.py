"""The claim checker: no sentence of an explanation says what evidence does not."""

import re
from collections.abc import Callable, Mapping, Sequence

from affectgraph.graphs.claims.comparisons import (
    compares,
    comparison_problems,
    false_emotions,
    false_numbers,
    false_senses,
    false_shares,
    in_order,
)
from affectgraph.graphs.claims.lexicon import (
    OPPOSING,
    QUOTED,
    SENSE_OF,
    SENSES,
    SUPERLATIVE,
    direction,
    emotion,
    emotions,
    measured,
    own,
    rounded,
    said_in,
    spoken,
    unsupported,
    words,
)
from affectgraph.graphs.claims.polarity import false_side, sides
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.claims.temporal_order import false_order
from affectgraph.graphs.schema import Claim
from affectgraph.memory import Recalled
from affectgraph.tools.evidence import Evidence, Measurement
from affectgraph.tools.language.forbidden_terms import forbidden_topic

Rule = Callable[[Claim, Sequence[Evidence], str], str]

_LONGEST = 300
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_SECONDS = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) ?(?:s|seconds?)\b")
# Words that speak of what is inside a person, not of what can be seen or heard.
_INNER = re.compile(
    r"\b(feel(?:s|ing|ings)?|felt|inner|inward(?:ly)?|inside|deep(?:ly)? down|at heart"
    r"|hearts?|soul|mind|mood|truly|really|genuine(?:ly)?|actually|secretly|deeply"
    r"|emotionally|experienc\w+|suffer\w*|overwhelm\w*|hid(?:es?|ing|den)|wants?"
    r"|wish(?:es)?|hopes?|longs?|believes?|true emotion|state of)\b"
)
_BEING = re.compile(
    r"\b(?:he|she|they|person|speaker|(?:wo)?man|someone)(?:'s| is| are| was| were| am"
    r"| must be| becomes?)(?: (?:a|an|very|quite|so|too|rather|\w+ly))* ([a-z]+)"
)
# An emotion that the evidence does not back may be set aside beside one that it does.
_BESIDE = re.compile(r"\b(?:not|no|without|although|though|but|despite|while)\b|\d")
_DENIAL = re.compile(
    r"\b(?:not|no|never|neither|nor|without|lacks?|nothing)\b"
    r"((?:(?!\bbut\b|\bnor\b)[^,;:.])*)"
)
_WHOLE = re.compile(r"[.!?][\"”')]*$")
_SENTENCE_END = re.compile(r"[.!?]\s+[A-Z]")
_MOST_UNKNOWN = 0.34
# As exactly as a similarity is shown: one rounded further may pass for another.
_SIMILAR = 0.006


def claim_problem(
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
    cited = [evidence[name] for name in claim.cites if name in evidence]
    repeated = any(claim.text == piece.observation for piece in cited)
    alone = QUOTED.sub("", claim.text).strip()
    whole = _WHOLE.search(claim.text) and not _SENTENCE_END.search(alone)
    whole = whole and claim.text.count("(") == claim.text.count(")")
    if not alone or len(claim.text) > _LONGEST or not (whole or repeated):
        return "it is not one short sentence"
    if _INNER.search(alone.lower()) or any(map(emotion, _BEING.findall(alone.lower()))):
        return "it states an inner feeling; say what is expressed"
    if kind := forbidden_topic(alone):
        return f"it speaks of {kind}; say what is expressed"
    if not cited:
        return _about_cases(claim, [cases[name] for name in claim.cites])
    for rule in (_right_side,) if repeated else _RULES:
        if found := rule(claim, cited, label):
            return found
    return ""


def _about_cases(claim: Claim, cited: Sequence[Recalled]) -> str:
    labels = {recalled.case.label for recalled in cited}
    if not set(emotions(own(claim.text))) <= labels:
        return f"the cases cited are labelled {', '.join(sorted(labels))}"
    known = [round(recalled.similarity, 2) for recalled in cited]
    for number in _NUMBER.findall(claim.text):
        if not any(abs(float(number) - value) < _SIMILAR for value in known):
            return f"{number} is not a similarity of the cases cited"
    return ""


def _right_sense(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """A claim that names a sense cites that sense."""
    seen = {piece.modality for piece in cited}
    told = set(words(own(claim.text))) - said_in(cited)
    for modality, names in SENSES.items():
        named = told & names
        if named and modality not in seen:
            return f"it speaks of {sorted(named)[0]!r} but cites no {modality} evidence"
    return ""


def _right_numbers(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """Every number stands in the evidence cited, as rounded there or coarser.

    Where a measurement is named, the numbers are that measurement's.
    """
    text = QUOTED.sub("", claim.text)
    times = set(_SECONDS.findall(text))
    named = measured(own(claim.text), cited)
    for token in _NUMBER.findall(text):
        known = _known_times(cited) if token in times else _known_numbers(cited, named)
        if not any(rounded(token, k) or rounded(token, abs(k)) for k in known):
            return f"the number {token} is not in the evidence cited"
    return false_shares(own(claim.text), cited)


def _right_direction(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """High, low or typical agrees with how the measurement lies to its baseline."""
    text = own(claim.text)
    if said := direction(text):
        for name, measurements in measured(text, cited).items():
            lies = [measurement.direction for measurement in measurements]
            told = {"low", "high"} if said == "outside" else {said}
            if not {*told, "unknown"} & {*lies}:
                return f"{name} is {lies[0]}, not {said}"
    return ""


def _right_comparison(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """What is compared, compares so in the evidence cited."""
    text = own(claim.text)
    named = emotions(text)
    senses = in_order(words(text), SENSE_OF)
    told = SUPERLATIVE & set(words(text)) - said_in(cited)
    if told and not named:
        return f"no evidence cited says {sorted(told)[0]!r}"
    if len(senses) == 2 and len(set(named)) == 1:
        return false_senses(text, senses, named[0], cited)
    return (
        false_numbers(text)
        or false_order(claim.text, cited)
        or false_emotions(text, named, cited)
    )


def _right_emotion(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """An emotion is named only where evidence cited backs it, or for comparison."""
    text = own(claim.text)
    named = emotions(text)
    if comparison_problems(text, named) and any(piece.distribution for piece in cited):
        return ""
    told = emotions(" ".join(said_in([p for p in cited if not p.distribution])))
    backed = {e for e in named if any(stance(piece, e) == "for" for piece in cited)}
    opposed = bool(set(words(text)) & OPPOSING)
    denied = {
        other
        for side, other in sides(claim.text, label)
        if side == "against" and any(stance(p, other) == "against" for p in cited)
    }
    for other in {*named} - backed - {*told} - denied:
        if other == label and opposed:
            continue
        if not backed or not _BESIDE.search(claim.text.lower()):
            return f"the evidence cited does not show {other}"
    return ""


def _right_denial(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """Only an emotion, a direction or a comparison may be denied."""
    text = own(claim.text)
    for denied in _DENIAL.findall(text):
        if not (emotions(denied) or direction(denied) or compares(denied)):
            return f"the evidence cited does not deny {denied.strip()!r}"
    return ""


def _right_side(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """It speaks for an emotion or against it, as its evidence does."""
    stances = {stance(piece, label) for piece in cited}
    if claim.supports and stances == {"against"}:
        return f"the evidence cited speaks against {label}, not for it"
    if not claim.supports and stances == {"for"}:
        return f"the evidence cited speaks for {label}, not against it"
    return false_side(claim.text, cited, label)


def _right_quotation(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """Words in quotation marks stand in the evidence."""
    for quoted in QUOTED.findall(claim.text):
        if not any(spoken(quoted) in spoken(piece.observation) for piece in cited):
            return f"nothing cited says {quoted!r}"
    return ""


def _nothing_invented(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """Most content words come from the evidence or from the words of explaining.

    Without any such word, an emotion, a number or a quotation nothing is claimed.
    """
    unknown, of = unsupported(own(claim.text), cited)
    if (
        not of
        and not emotions(own(claim.text))
        and not re.search(r'["“\d]', claim.text)
    ):
        return "it says nothing of the evidence"
    if unknown and len(unknown) / of > _MOST_UNKNOWN:
        return f"the evidence cited says nothing of {unknown[0]!r}"
    return ""


_RULES: tuple[Rule, ...] = (
    _right_sense,
    _right_numbers,
    _right_comparison,
    _right_direction,
    _right_emotion,
    _right_denial,
    _right_side,
    _right_quotation,
    _nothing_invented,
)


def _known_numbers(
    cited: Sequence[Evidence], named: Mapping[str, Sequence[Measurement]]
) -> list[float]:
    """Numbers of the evidence; of its measurements those named, if any are."""
    known = _known_times(cited)
    for piece in cited:
        known += [float(token) for token in _NUMBER.findall(piece.observation)]
        for name, measurement in piece.measurements.items():
            known += _measured(measurement) if name in named or not named else []
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
