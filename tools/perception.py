"""A perception tool: a named function from a clip and a span to evidence."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Evidence, Span

Sense = Callable[..., list[Evidence]]
Weights = tuple[str, ...] | Callable[[Clip], tuple[str, ...]]

_LACKING = {
    "video": "the clip has no picture",
    "audio": "the clip has no sound",
    "words": "the clip has neither words nor sound",
}


@dataclass(frozen=True)
class PerceptionTool:
    """A sense with what the graph has to know about it.

    Attributes:
        name: The function's name; the word used with `--tools`.
        modality: What it perceives with, such as `face`.
        prefix: One capital letter; evidence is numbered with it.
        sense: `(clip, span) -> list[Evidence]`, and `fine=True` where it takes that.
        needs: `video`, `audio`, `words` or `any`: a clip without it is not shown.
        weights: Names in the weights manifest that it loads for a clip.
    """

    name: str
    modality: str
    prefix: str
    sense: Sense
    needs: str = "any"
    weights: Weights = ()

    @property
    def looks_closer(self) -> bool:
        """It can look again at a span in a finer way."""
        return "fine" in inspect.signature(self.sense).parameters

    def needed_weights(self, clip: Clip) -> tuple[str, ...]:
        """Names in the weights manifest that it loads for this clip."""
        return self.weights(clip) if callable(self.weights) else self.weights

    def lacks(self, clip: Clip) -> str:
        """What it needs and this clip does not have, in words; empty if nothing."""
        words = clip.has_audio or clip.text is not None
        has = {"video": clip.has_video, "audio": clip.has_audio, "words": words}
        return "" if has.get(self.needs, True) else _LACKING[self.needs]

    def perceive(
        self, clip: Clip, span: Span, *, first: int = 1, fine: bool = False
    ) -> list[Evidence]:
        """Look at one span and number what was found.

        Args:
            clip: What to perceive.
            span: The seconds to look at.
            first: Number of the first new piece of evidence.
            fine: Look closer than usual, where the sense can.

        Returns:
            Evidence with id, modality and tool filled in.
        """
        closer = fine and self.looks_closer
        found = self.sense(clip, span, fine=True) if closer else self.sense(clip, span)
        return [
            evidence.model_copy(
                update={
                    "id": f"{self.prefix}{number}",
                    "modality": self.modality,
                    "tool": self.name,
                }
            )
            for number, evidence in enumerate(found, first)
        ]


def perception_tool(
    *,
    modality: str,
    prefix: str,
    needs: str = "any",
    weights: Weights = (),
) -> Callable[[Sense], PerceptionTool]:
    """Turn a function into a `PerceptionTool`.

    Example:
        >>> from affectgraph.tools.evidence import Provenance
        >>> @perception_tool(modality="gesture", prefix="G")
        ... def gesture(clip: Clip, span: Span) -> list[Evidence]:
        ...     made_by = Provenance(model="example")
        ...     return [Evidence(span=span, observation="Hands rest.", quality=0.5,
        ...                      provenance=made_by)]
        >>> gesture.name, gesture.prefix
        ('gesture', 'G')

    Raises:
        SettingError: If the prefix is not one capital letter.
    """
    if not (len(prefix) == 1 and prefix.isascii() and prefix.isupper()):
        raise SettingError(f"prefix {prefix!r} of a sense must be one capital letter")

    def wrap(sense: Sense) -> PerceptionTool:
        return PerceptionTool(
            name=sense.__name__,
            modality=modality,
            prefix=prefix,
            sense=sense,
            needs=needs,
            weights=weights,
        )

    return wrap
