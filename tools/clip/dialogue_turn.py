"""A turn of a conversation: what was said before the clip."""

from pydantic import Field

from affectgraph.tools.evidence import Frozen


class Turn(Frozen):
    """One earlier turn of the conversation.

    Attributes:
        text: What was said.
        same_speaker: Whether it was said by the one whose words are judged.
    """

    text: str = Field(max_length=10_000)
    same_speaker: bool = False
