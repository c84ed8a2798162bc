"""Replay, what-if and counterfactuals of recorded runs: the methods of the agent."""

from affectgraph.agents.agent_base import AgentBase
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.graphs.replay.counterfactuals import Counterfactual, counterfactuals
from affectgraph.graphs.replay.edits import Edits
from affectgraph.graphs.replay.player import replay
from affectgraph.graphs.replay.recording import RecordedRun
from affectgraph.graphs.replay.what_if import WhatIf, what_if
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.io.arguments import AnyPath


class ReplayMethods(AgentBase):
    """The part of an agent that works on recorded runs."""

    @property
    def reasoner(self) -> Reasoner | None:
        """The language model, ready for requests; None if there is none."""
        return self._resources.reasoner

    @staticmethod
    def replay(run: RecordedRun | AnyPath) -> Verdict:
        """Return the verdict of a recorded run, bit for bit, without model or clip.

        Args:
            run: A recorded run, its file, or a folder that holds just one.

        Raises:
            RecordingError: If the run cannot be read, or gives another verdict; the
                message says what differs.
        """
        return replay(_load(run))

    def what_if(self, run: RecordedRun | AnyPath, edits: Edits) -> WhatIf:
        """Return the verdict that a recorded run would give with other evidence.

        No sense runs. The language model is only asked where a prompt changes, and
        only if it is the model of the run.

        Args:
            run: A recorded run, its file, or a folder that holds just one.
            edits: What to change, such as `Edits(without=("face",))`.

        Raises:
            SettingError: If an edit does not fit the run; lists what does.
            RecordingError: If the run cannot be read.
        """
        run = _load(run)
        reasoner = self.reasoner
        same = reasoner and reasoner.name == run.record.reasoner
        model = self._resources.model if same else None
        return what_if(run, edits, memory=self._memory, model=model)

    def counterfactuals(
        self, run: RecordedRun | AnyPath, edits: Edits | None = None
    ) -> list[Counterfactual]:
        """Find the smallest changes of its evidence that give a run another label.

        Computed by `what_if`, without the language model: the fewest senses to leave
        out, and the smallest change of the quality or of the vote of one piece.

        Args:
            run: A recorded run, its file, or a folder that holds just one.
            edits: What is changed already.

        Raises:
            SettingError: If an edit does not fit the run; lists what does.
            RecordingError: If the run cannot be read.
        """
        return counterfactuals(_load(run), edits or Edits(), memory=self._memory)


def _load(run: RecordedRun | AnyPath) -> RecordedRun:
    return run if isinstance(run, RecordedRun) else RecordedRun.load(run)
