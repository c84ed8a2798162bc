"""All visits, each reachable only from its own browser page."""

import secrets
import threading
from pathlib import Path

from affectgraph.agents.agent import EmotionAgent
from affectgraph.agents.web.uploads import Uploads
from affectgraph.agents.web.visit import Visit
from affectgraph.tools.clip import Limits


class Visits:
    """Visits by the id that Gradio gives a browser page.

    Args:
        agent: The agent that analyses, shared by all visits.
        folder: Parent of the folders of the visits.
        uploads: Uploaded files.
        limits: Limits of a clip.
        remembers: The agent has a memory that the user named.
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
        self.remembers = remembers
        self._visits: dict[str, Visit] = {}
        self._lock = threading.Lock()

    def of(self, page: str) -> Visit:
        """The visit of a page, created on first use."""
        with self._lock:
            if page not in self._visits:
                key = secrets.token_urlsafe(16)
                self._visits[page] = Visit(
                    self._agent,
                    self._folder / key,
                    key,
                    self._uploads,
                    limits=self._limits,
                    remembers=self.remembers,
                )
            return self._visits[page]

    def by_key(self, key: str) -> Visit | None:
        """The visit whose file URLs contain this key."""
        with self._lock:
            return next((v for v in self._visits.values() if v.key == key), None)

    def end(self, page: str) -> None:
        """Delete the visit of a closed page."""
        with self._lock:
            visit = self._visits.pop(page, None)
        if visit is not None:
            visit.close()
