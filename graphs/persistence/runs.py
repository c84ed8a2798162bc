"""Where runs are kept, so that one that was cut off can be taken up elsewhere."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph import StateGraph
from langgraph.types import Durability, StateSnapshot

from affectgraph.graphs.persistence.checkpoints import explain_errors, open_saver
from affectgraph.graphs.verdict.graph import builder
from affectgraph.graphs.verdict.state import Context
from affectgraph.memory import Place, is_postgres_url
from affectgraph.memory.backends.postgres.database import PostgresDatabase
from affectgraph.memory.backends.postgres.db_errors import translate_errors
from affectgraph.memory.backends.postgres.embedding_store import PostgresEmbeddingStore
from affectgraph.tools.clip.artifacts import Artifacts, FolderEmbeddingStore
from affectgraph.tools.errors import MemoryStoreError, one_line


class Runs:
    """A graph, and what it keeps of each run: checkpoints and vectors.

    Attributes:
        place: Where they are; None if nothing outlives this process.
    """

    def __init__(
        self,
        place: Place | None = None,
        graph: StateGraph[Any, Context, Any, Any] = builder,
        durability: Durability = "sync",
    ) -> None:
        """Open a folder or a PostgreSQL database, made if need be.

        Args:
            place: The folder, or the address of the database.
            graph: What is run; the verdict graph unless another is named.
            durability: `sync` keeps every step, `exit` only what a run ends with.

        Raises:
            MemoryStoreError: If the database cannot be used.
            SettingError: If the folder or the address cannot be used, or PostgreSQL
                needs packages that are not installed.
        """
        self.place = place
        self._database = (
            PostgresDatabase(str(place)) if is_postgres_url(place) else None
        )
        self._saver = open_saver(place)
        self._graph = graph.compile(checkpointer=self._saver)
        self._durability = durability

    def artifacts(self, sha256: str) -> Artifacts:
        """The artifacts of the clip with that hash."""
        if self._database is not None:
            return Artifacts(PostgresEmbeddingStore(self._database, sha256))
        if self.place is None:
            return Artifacts()
        return Artifacts(
            FolderEmbeddingStore(Path(self.place) / "artifacts" / sha256[:16])
        )

    def state(self, config: RunnableConfig) -> StateSnapshot:
        """How far a run has come.

        Raises:
            MemoryStoreError: If the folder or the database cannot be read, or the run
                is damaged.
        """
        try:
            with self._explained():
                return self._graph.get_state(config)
        except UnicodeEncodeError:
            raise  # the name of the thread, not the run
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            thread = config["configurable"]["thread_id"]
            raise MemoryStoreError(
                f"thread {thread!r} is damaged ({one_line(error)}); use a new name"
            ) from error

    def steps(
        self, start: Any, config: RunnableConfig, context: Context | None
    ) -> Iterator[Any]:
        """Run the graph.

        Args:
            start: Input of a new run; None to go on with one; a `Command` to resume
                one that waits.
            config: Names the thread.
            context: What the nodes work with; None if those to come need nothing.

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
                durability=self._durability,
            )

    def rewind(self, config: RunnableConfig, node: str) -> None:
        """Put a run back to where a node had just ended, with what is known since.

        Raises:
            MemoryStoreError: If the database cannot be written.
        """
        with self._explained():
            self._graph.update_state(config, None, as_node=node)

    def end(self, thread: str) -> None:
        """Let go of a run that does not outlive this process."""
        if self.place is None:
            self._saver.delete_thread(thread)

    def _explained(self) -> AbstractContextManager[None]:
        if self._database is not None:
            return translate_errors(self._database.place)
        return nullcontext() if self.place is None else explain_errors(Path(self.place))
