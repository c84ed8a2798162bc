"""Weights and language model of an agent, loaded at the first clip that needs them."""

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


class AgentResources:
    """Fetches the weights of the senses and the language model once for all threads.

    Attributes:
        model_name: Of the language model; empty if the agent has none.
        model: The language model; None if the agent has none.
        missing: Why the language model that was asked for cannot be used; empty if it
            can.
    """

    def __init__(
        self,
        llm: str | BaseChatModel | None,
        tools: Sequence[PerceptionTool],
        *,
        progress: bool,
    ) -> None:
        """Choose the models; nothing is loaded yet.

        Args:
            llm: `PROVIDER:MODEL`, a LangChain chat model, or None.
            tools: The senses.
            progress: Show downloads on standard error.

        Raises:
            SettingError: If there is no such language model.
        """
        model = models.chat_model(llm) if isinstance(llm, str) else llm
        self.model = checked_type("llm", model, BaseChatModel)
        self.missing: tuple[str, ...] = ()
        self.model_name = llm if isinstance(llm, str) else ""
        if self.model is not None:
            self.model_name = self.model_name or self.model.get_name()
        self._tools = tools
        self._progress = progress
        self._reasoner: Reasoner | None = None
        self._reasoner_tried = False
        self._lock = threading.Lock()

    def ensure_weights(self, clip: Clip) -> None:
        """Fetch every weights file that the senses need for a clip.

        Raises:
            WeightsError: If a file cannot be fetched.
            ForkedProcessError: If this process cannot use the models, being a fork.
        """
        check_fork()
        with self._lock:
            tools = [tool for tool in self._tools if not tool.missing_input(clip)]
            names = [name for tool in tools for name in tool.needed_weights(clip)]
            ensure.ensure_weights(names, progress=self._progress)

    @property
    def reasoner(self) -> Reasoner | None:
        """The language model, ready for requests; None if there is none."""
        with self._lock:
            if not self._reasoner_tried and self.model is not None:
                self._reasoner_tried = True
                self._reasoner = self._load_reasoner(self.model)
        return self._reasoner

    def _load_reasoner(self, model: BaseChatModel) -> Reasoner | None:
        try:
            names = models.required_weights(self.model_name)
            ensure.ensure_weights(names, progress=self._progress)
        except WeightsError as error:
            self.missing = (f"answered without the language model: {error}",)
            return None
        return Reasoner(model, self.model_name, settings=models.model_settings(model))
