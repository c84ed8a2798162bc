"""The rules of the claim checker: what a claim says must follow from its evidence.

Every rule takes a claim, the evidence that it cites, and the label that the explanation
argues for. It returns why the claim must be rejected, or an empty string.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from affectgraph.graphs.claims.comparisons import (
    compared_order,
    emotion_order_problem,
    makes_comparison,
    named_in_order,
    number_order_problem,
    sense_order_problem,
    share_problem,
)
from affectgraph.graphs.claims.lexicon import (
    NUMBER,
    OPPOSING,
    QUOTED,
    SENSE_OF,
    SENSES,
    SUPERLATIVE,
    emotions_in,
    is_rounding_of,
    named_measurements,
    plain_words,
    stated_direction,
    tokenize,
    unquoted,
    unsupported_words,
    words_of_evidence,
)
from affectgraph.graphs.claims.polarity import polarity_problem, stated_sides
from affectgraph.graphs.claims.stance import stance
from affectgraph.graphs.claims.temporal_order import temporal_order_problem
from affectgraph.graphs.schema import Claim
from affectgraph.tools.evidence import Evidence, Measurement

Rule = Callable[[Claim, Sequence[Evidence], str], str]

_SECONDS = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) ?(?:s|seconds?)\b")
# An emotion that the evidence does not back may be set aside beside one that it does.
_SETS_ASIDE = re.compile(r"\b(?:not|no|without|although|though|but|despite|while)\b|\d")
_DENIAL = re.compile(
    r"\b(?:not|no|never|neither|nor|without|lacks?|nothing)\b"
    r"((?:(?!\bbut\b|\bnor\b)[^,;:.])*)"
)
_MAX_UNSUPPORTED = 0.34


def _sense_problem(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """A claim that names a sense cites that sense."""
    modalities = {piece.modality for piece in cited}
    words = set(tokenize(unquoted(claim.text))) - words_of_evidence(cited)
    for modality, names in SENSES.items():
        named = words & names
        if named and modality not in modalities:
            return f"it speaks of {sorted(named)[0]!r} but cites no {modality} evidence"
    return ""


def _number_problem(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """Every number is one of the evidence, as rounded there or coarser.

    Where a measurement is named, the numbers are that measurement's.
    """
    text = QUOTED.sub("", claim.text)
    times = set(_SECONDS.findall(text))
    named = named_measurements(unquoted(claim.text), cited)
    for token in NUMBER.findall(text):
        known = _known_times(cited) if token in times else _known_numbers(cited, named)
        known += [abs(number) for number in known]
        if not any(is_rounding_of(token, number) for number in known):
            return f"the number {token} is not in the evidence cited"
    return share_problem(unquoted(claim.text), cited)


def _direction_problem(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """High, low or typical agrees with where the measurement lies."""
    text = unquoted(claim.text)
    if stated := stated_direction(text):
        allowed = {"low", "high"} if stated == "outside" else {stated}
        for name, measurements in named_measurements(text, cited).items():
            directions = [measurement.direction for measurement in measurements]
            if not {*allowed, "unknown"} & {*directions}:
                return f"{name} is {directions[0]}, not {stated}"
    return ""


def _comparison_problem(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """Comparisons agree with the evidence."""
    text = unquoted(claim.text)
    named = emotions_in(text)
    senses = named_in_order(tokenize(text), SENSE_OF)
    superlatives = SUPERLATIVE & set(tokenize(text)) - words_of_evidence(cited)
    if superlatives and not named:
        return f"no evidence cited says {sorted(superlatives)[0]!r}"
    if len(senses) == 2 and len(set(named)) == 1:
        return sense_order_problem(text, senses, named[0], cited)
    return (
        number_order_problem(text)
        or temporal_order_problem(claim.text, cited)
        or emotion_order_problem(text, named, cited)
    )


def _emotion_problem(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """An emotion is named only where evidence cited backs it, or for comparison."""
    text = unquoted(claim.text)
    named = emotions_in(text)
    if compared_order(text, named) and any(piece.distribution for piece in cited):
        return ""
    facts = [piece for piece in cited if not piece.distribution]
    in_facts = {*emotions_in(" ".join(words_of_evidence(facts)))}
    backed = {e for e in named if any(stance(piece, e) == "for" for piece in cited)}
    denied = {
        emotion
        for side, emotion in stated_sides(claim.text, label)
        if side == "against" and any(stance(p, emotion) == "against" for p in cited)
    }
    allowed = backed | in_facts | denied
    if set(tokenize(text)) & OPPOSING:
        allowed.add(label)
    unbacked = sorted({*named} - allowed)
    if unbacked and not (backed and _SETS_ASIDE.search(claim.text.lower())):
        return f"the evidence cited does not show {unbacked[0]}"
    return ""


def _denial_problem(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """Only an emotion, a direction or a comparison may be denied."""
    for denied in _DENIAL.findall(unquoted(claim.text)):
        if not (
            emotions_in(denied) or stated_direction(denied) or makes_comparison(denied)
        ):
            return f"the evidence cited does not deny {denied.strip()!r}"
    return ""


def side_problem(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """A claim speaks for an emotion or against it, as its evidence does."""
    stances = {stance(piece, label) for piece in cited}
    if claim.supports and stances == {"against"}:
        return f"the evidence cited speaks against {label}, not for it"
    if not claim.supports and stances == {"for"}:
        return f"the evidence cited speaks for {label}, not against it"
    return polarity_problem(claim.text, cited, label)


def _quotation_problem(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """Words in quotation marks occur in the evidence."""
    observations = [plain_words(piece.observation) for piece in cited]
    for quoted in QUOTED.findall(claim.text):
        if not any(plain_words(quoted) in observation for observation in observations):
            return f"nothing cited says {quoted!r}"
    return ""


def _support_problem(claim: Claim, cited: Sequence[Evidence], label: str) -> str:
    """Most content words come from the evidence or from the words of explaining.

    A claim has at least one content word, emotion, number or quotation.
    """
    text = unquoted(claim.text)
    unsupported, content_words = unsupported_words(text, cited)
    if not content_words:
        empty = not emotions_in(text) and not re.search(r'["“\d]', claim.text)
        return "it says nothing of the evidence" if empty else ""
    if len(unsupported) / content_words > _MAX_UNSUPPORTED:
        return f"the evidence cited says nothing of {unsupported[0]!r}"
    return ""


RULES: tuple[Rule, ...] = (
    _sense_problem,
    _number_problem,
    _comparison_problem,
    _direction_problem,
    _emotion_problem,
    _denial_problem,
    side_problem,
    _quotation_problem,
    _support_problem,
)


def _known_numbers(
    cited: Sequence[Evidence], named: Mapping[str, Sequence[Measurement]]
) -> list[float]:
    """Numbers of the evidence; of its measurements those named, if any are."""
    known = _known_times(cited)
    for piece in cited:
        known += [float(token) for token in NUMBER.findall(piece.observation)]
        for name, measurement in piece.measurements.items():
            if name in named or not named:
                values = (measurement.value, measurement.low, measurement.high)
                known += [value for value in values if value is not None]
        for share in (piece.distribution or {}).values():
            known += [share, share * 100]
    return known


def _known_times(cited: Sequence[Evidence]) -> list[float]:
    known: list[float] = []
    for piece in cited:
        known += [piece.span.start, piece.span.end, piece.span.seconds]
        known += [float(token) for token in _SECONDS.findall(piece.observation)]
        known += [m.value for m in piece.measurements.values() if m.unit == "s"]
    return known
