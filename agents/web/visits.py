"""All visits: each browser finds its own, and only its own."""

import secrets
import threading
from pathlib import Path

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.web.uploads import Uploads
from affectgraph.agents.web.visit import Visit
from affectgraph.tools.clip import Limits


class Visits:
    """Visits by the name that Gradio gives a browser's page.

    Args:
        agent: Who analyses; shared by all.
        folder: Where each has a folder of its own.
        uploads: Where their clips come from.
        limits: Caps on a clip.
        remembers: The agent has a memory that was named.
    """

    def __init__(
        self,
        agent: EmotionAgent,
        folder: Path,
        uploads: Uploads,
        *,
        limits: Limits,
        remembers: bool,
    ) -> None:
        self._agent = agent
        self._folder = folder
        self._uploads = uploads
        self._limits = limits
        self._remembers = remembers
        self._visits: dict[str, Visit] = {}
        self._changing = threading.Lock()

    @property
    def remembers(self) -> bool:
        """Corrections are kept."""
        return self._remembers

    def of(self, page: str) -> Visit:
        """The visit of a page, begun if need be."""
        with self._changing:
            if page not in self._visits:
                key = secrets.token_urlsafe(16)
                self._visits[page] = Visit(
                    self._agent,
                    self._folder / key,
                    key,
                    self._uploads,
                    limits=self._limits,
                    remembers=self._remembers,
                )
            return self._visits[page]

    def by_key(self, key: str) -> Visit | None:
        """The visit whose files have this key in their address."""
        with self._changing:
            return next((v for v in self._visits.values() if v.key == key), None)

    def end(self, page: str) -> None:
        """A page was closed: delete what it left."""
        with self._changing:
            visit = self._visits.pop(page, None)
        if visit is not None:
            visit.close()
