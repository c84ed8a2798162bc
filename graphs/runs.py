"""Where runs are kept, so that one that was cut off can be taken up elsewhere."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import StateSnapshot

from affectgraph.graphs.checkpoints import kept_whole, open_saver
from affectgraph.graphs.state import Context
from affectgraph.graphs.verdict import builder
from affectgraph.memory import Place, is_address
from affectgraph.memory.postgres.database import Postgres
from affectgraph.memory.postgres.faults import explained
from affectgraph.memory.postgres.vault import PostgresVault
from affectgraph.tools.clip.artifacts import Artifacts, FolderVault


class Runs:
    """The verdict graph, and what it keeps of each run: checkpoints and vectors.

    Attributes:
        place: Where they are; None if nothing outlives this process.
    """

    def __init__(self, place: Place | None = None) -> None:
        """Open a folder or a PostgreSQL database, made if need be.

        Args:
            place: The folder, or the address of the database.

        Raises:
            MemoryStoreError: If the database cannot be used.
            SettingError: If the folder or the address cannot be used, or PostgreSQL
                needs packages that are not installed.
        """
        self.place = place
        self._database = Postgres(str(place)) if is_address(place) else None
        self._saver = open_saver(place)
        self._graph = builder.compile(checkpointer=self._saver)

    def artifacts(self, sha256: str) -> Artifacts:
        """The artifacts of the clip with that hash."""
        if self._database is not None:
            return Artifacts(PostgresVault(self._database, sha256))
        if self.place is None:
            return Artifacts()
        return Artifacts(FolderVault(Path(self.place) / "artifacts" / sha256[:16]))

    def state(self, config: RunnableConfig) -> StateSnapshot:
        """How far a run has come.

        Raises:
            MemoryStoreError: If the folder or the database cannot be read.
        """
        with self._explained():
            return self._graph.get_state(config)

    def steps(
        self, start: Any, config: RunnableConfig, context: Context
    ) -> Iterator[Any]:
        """Run the graph; each finished step is kept when the next begins.

        Args:
            start: Input of a new run; None to go on with one.
            config: Names the thread.
            context: What the nodes work with.

        Yields:
            What nodes tell (`"custom"`) and the state (`"values"`), each with its mode.

        Raises:
            MemoryStoreError: If the folder or the database cannot be written.
        """
        with self._explained():
            yield from self._graph.stream(
                start,
                config,
                context=context,
                stream_mode=["custom", "values"],
                durability="sync",
            )

    def end(self, thread: str) -> None:
        """Let go of a run that does not outlive this process."""
        if self.place is None:
            self._saver.delete_thread(thread)

    def _explained(self) -> AbstractContextManager[None]:
        if self._database is not None:
            return explained(self._database.place)
        return nullcontext() if self.place is None else kept_whole(Path(self.place))
