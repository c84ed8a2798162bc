"""Steps of an analysis: what is being done, in words, and how much is done."""

from dataclasses import dataclass, field

from affectgraph.agents.runs import Event

# Name of each node, and the share of the work that is done when it begins: perceiving
# takes most of the time.
_NODES = {
    "fuse": ("Combining the senses", 0.85),
    "recall": ("Recalling similar cases", 0.88),
    "propose": ("Proposing hypotheses", 0.9),
    "act": ("Looking again", 0.92),
    "verify": ("Testing each hypothesis", 0.94),
    "judge": ("The language model judges", 0.96),
    "explain": ("The language model writes the explanation", 0.98),
}
_PREPARED, _PERCEIVED = 0.1, 0.85


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        text: What is being done.
        share: How much of the whole is done, in [0, 1].
    """

    text: str
    share: float


PREPARING = Step("Preparing the clip for the browser", 0.02)


@dataclass
class StepCounter:
    """Makes steps of the events of a run; the share never falls."""

    _started: set[str] = field(default_factory=set)
    _done: set[str] = field(default_factory=set)
    _share: float = _PREPARED

    def step(self, event: Event) -> Step:
        """The step that an event tells of."""
        if "tool" in event.detail:
            text, share = self._perceiving(event)
        else:
            name = f"{event.node} {event.event}"
            text, share = _NODES.get(event.node, (name, self._share))
        self._share = max(self._share, share)
        return Step(text, self._share)

    def _perceiving(self, event: Event) -> tuple[str, float]:
        tool = str(event.detail["tool"])
        self._started.add(tool)
        if event.event == "done":
            self._done.add(tool)
        share = len(self._done) / len(self._started)
        running = ", ".join(sorted(self._started - self._done))
        text = f"Perceiving: {running}" if running else "All senses have finished"
        return text, _PREPARED + share * (_PERCEIVED - _PREPARED)
