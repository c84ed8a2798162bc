"""Earlier turns of the conversation that a clip belongs to."""

from pydantic import Field

from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen


class Turn(Frozen):
    """One earlier turn of the conversation.

    Attributes:
        text: What was said.
        same_speaker: Whether the person who is analysed said it.
    """

    text: str = Field(max_length=10_000)
    same_speaker: bool = False


def checked_turns(turns: object) -> tuple[Turn, ...] | None:
    """The turns of a conversation as a tuple; None stays None.

    Raises:
        SettingError: If it is not a list of turns.
    """
    if turns is None:
        return None
    if not isinstance(turns, list | tuple) or not all(
        isinstance(turn, Turn) for turn in turns
    ):
        raise SettingError("turns: pass a list of Turn, oldest first")
    return tuple(turns)
