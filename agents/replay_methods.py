"""Recorded runs, seen again and otherwise, through the agent."""

from affectgraph.agents.resources import Readiness
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.replay.counterfactuals import Counterfactual, counterfactuals
from affectgraph.graphs.replay.edits import Edits
from affectgraph.graphs.replay.player import replay
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.replay.what_if import WhatIf, what_if
from affectgraph.graphs.schema import Verdict
from affectgraph.memory import Memory
from affectgraph.tools.io.arguments import AnyPath


class Reviewing:
    """The part of an agent that goes back to what it recorded."""

    _memory: Memory
    _ready: Readiness

    @property
    def reasoner(self) -> Reasoner | None:
        """The language model, ready to be asked; None where there is none."""
        return self._ready.reasoner

    @staticmethod
    def replay(run: RecordedRun | AnyPath) -> Verdict:
        """The verdict of a recorded run, bit for bit: no model, no clip, no weights.

        Args:
            run: A recorded run, its file, or a folder that holds just one.

        Raises:
            RecordingError: If it cannot be read, or does not come out as it did; says
                what differs.
        """
        return replay(run if isinstance(run, RecordedRun) else RecordedRun.load(run))

    def what_if(self, run: RecordedRun | AnyPath, edits: Edits) -> WhatIf:
        """The verdict of a recorded run, had its evidence been another.

        No sense runs. The language model is asked only where a prompt comes out
        otherwise, and only if it is the one that the run had.

        Args:
            run: A recorded run, its file, or a folder that holds just one.
            edits: What to change, such as `Edits(without=("face",))`.

        Raises:
            SettingError: If an edit does not fit the run; lists what does.
            RecordingError: If the run cannot be read.
        """
        run = run if isinstance(run, RecordedRun) else RecordedRun.load(run)
        reasoner = self.reasoner
        same = reasoner and reasoner.name == run.record.reasoner
        model = self._ready.model if same else None
        return what_if(run, edits, memory=self._memory, model=model)

    def counterfactuals(
        self, run: RecordedRun | AnyPath, edits: Edits | None = None
    ) -> list[Counterfactual]:
        """The smallest changes of its evidence that give a run another label.

        Computed by `what_if`, without the language model; the fewest senses to leave
        out, and the least change of the quality or of the vote of one piece.

        Args:
            run: A recorded run, its file, or a folder that holds just one.
            edits: What is changed already.

        Raises:
            SettingError: If an edit does not fit the run; lists what does.
            RecordingError: If the run cannot be read.
        """
        run = run if isinstance(run, RecordedRun) else RecordedRun.load(run)
        return counterfactuals(run, edits or Edits(), memory=self._memory)
