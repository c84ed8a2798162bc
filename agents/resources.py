"""What an agent works with, made ready at the first clip that needs it."""

import threading
from collections.abc import Sequence

from langchain_core.language_models.chat_models import BaseChatModel

from affectgraph.graphs.reasoner import models
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import WeightsError
from affectgraph.tools.io.arguments import checked_type
from affectgraph.tools.perception import PerceptionTool
from affectgraph.tools.timeout import check_fork
from affectgraph.tools.weights import ensure


class Readiness:
    """Has the weights of senses and language model, once, for all threads.

    Attributes:
        name: Of the language model; empty where the agent does without.
        model: The language model; None where the agent does without.
        lacking: Why there is no reasoner although there should be; empty otherwise.
    """

    def __init__(
        self,
        llm: str | BaseChatModel | None,
        tools: Sequence[PerceptionTool],
        *,
        progress: bool,
    ) -> None:
        """Choose what will be needed; nothing is loaded yet.

        Args:
            llm: `PROVIDER:MODEL`, a LangChain chat model, or None.
            tools: The senses.
            progress: Say on standard error what is fetched.

        Raises:
            SettingError: If there is no such language model.
        """
        model = models.chat_model(llm) if isinstance(llm, str) else llm
        self.model = checked_type("llm", model, BaseChatModel)
        self.lacking: tuple[str, ...] = ()
        self.name = llm if isinstance(llm, str) else ""
        if self.model is not None:
            self.name = self.name or self.model.get_name()
        self._tools = tools
        self._progress = progress
        self._reasoner: Reasoner | None = None
        self._tried = False
        self._turn = threading.Lock()

    def senses(self, clip: Clip) -> None:
        """Have every weights file that the senses need for a clip.

        Raises:
            WeightsError: If one cannot be had.
            ForkedProcessError: If this process cannot use them.
        """
        check_fork()
        with self._turn:
            tools = [tool for tool in self._tools if not tool.missing_input(clip)]
            names = [name for tool in tools for name in tool.needed_weights(clip)]
            ensure.ensure_weights(names, progress=self._progress)

    @property
    def reasoner(self) -> Reasoner | None:
        """The language model, ready to be asked; None where there is none."""
        with self._turn:
            if not self._tried and self.model is not None:
                self._tried = True
                self._reasoner = self._had(self.model)
        return self._reasoner

    def _had(self, model: BaseChatModel) -> Reasoner | None:
        try:
            ensure.ensure_weights(
                models.required_weights(self.name), progress=self._progress
            )
        except WeightsError as error:
            self.lacking = (f"answered without the language model: {error}",)
            return None
        return Reasoner(model, self.name, settings=models.model_settings(model))
