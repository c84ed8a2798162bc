"""The declared purpose of an agent, refused if the law forbids it.

The law is Regulation (EU) 2024/1689, the AI Act. Article 5(1)(f) forbids inferring
emotions in workplaces and education institutions, except for medical or safety
reasons; Article 50(3) requires that the people exposed are informed.
"""

import os
from pathlib import Path
from string import Template

from affectgraph.tools.errors import PurposeError, SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import checked_type

DEFAULT = "research"
VARIABLE = "AFFECTGRAPH_PURPOSE"
_NOTICE = Path(__file__).with_suffix(".md")
_ACT = "Regulation (EU) 2024/1689"


class Purpose(Frozen):
    """A permitted purpose.

    Attributes:
        reason: Its name in the notice to the people exposed.
        condition: Duty of the operator, as a note of verdicts; empty if none.
    """

    reason: str
    condition: str = ""


PERMITTED = {
    "research": Purpose(reason="research"),
    "personal": Purpose(reason="private use, outside any profession"),
    "service": Purpose(
        reason="a service to you",
        condition="purpose service: a high-risk use, with the duties of its operator "
        f"({_ACT}, Annex III, point 1(c)); inform the people exposed (Art. 50(3)): "
        "affectgraph notice",
    ),
    "medical": Purpose(
        reason="medical reasons",
        condition="purpose medical: in workplaces and education only where strictly "
        f"needed for a medical reason ({_ACT}, Art. 5(1)(f)), never to watch stress, "
        "burnout or well-being at large; this is no medical device and tells nothing "
        "about health",
    ),
    "safety": Purpose(
        reason="safety: to protect life and health",
        condition="purpose safety: in workplaces and education only where strictly "
        f"needed to protect life and health ({_ACT}, Art. 5(1)(f)), never property or "
        "performance; a person decides, not this estimate",
    ),
}
_FORBIDDEN = ("workplace", "education")


def checked_purpose(purpose: str | None = None) -> str:
    """Return the purpose given, else that of the environment, else research.

    Args:
        purpose: Its name; None for the variable `AFFECTGRAPH_PURPOSE`.

    Raises:
        PurposeError: If the law forbids it.
        SettingError: If there is no such purpose.
    """
    checked_type("purpose", purpose, str)
    value = purpose if purpose is not None else os.environ.get(VARIABLE) or DEFAULT
    name = value.strip().lower()
    if name in _FORBIDDEN:
        raise PurposeError(
            f"purpose {name} is refused: {_ACT}, Art. 5(1)(f), forbids inferring "
            "emotions in workplaces and education, except for medical or safety reasons"
        )
    if name not in PERMITTED:
        raise SettingError(f"purpose {value!r}: use one of {', '.join(PERMITTED)}")
    return name


def purpose_conditions(purpose: str) -> tuple[str, ...]:
    """Return the duties of the operator, as notes of verdicts; most have none."""
    condition = PERMITTED[purpose].condition
    return (condition,) if condition else ()


def transparency_notice(purpose: str | None = None, operator: str | None = None) -> str:
    """Return the text that informs the people exposed, as Article 50(3) requires.

    Args:
        purpose: See `checked_purpose`.
        operator: Who uses the agent.
    """
    name = checked_purpose(purpose)
    return Template(_NOTICE.read_text(encoding="utf-8")).substitute(
        operator=operator or "Whoever gives you this notice",
        reason=PERMITTED[name].reason,
    )
