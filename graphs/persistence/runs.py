"""Store of runs, so that an interrupted run can be resumed by another process."""

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
from affectgraph.memory.backends.postgres.database import (
    PostgresDatabase,
    PostgresEmbeddingStore,
)
from affectgraph.memory.backends.postgres.db_errors import translate_errors
from affectgraph.tools.clip.artifacts import Artifacts, FolderEmbeddingStore
from affectgraph.tools.errors import MemoryStoreError, one_line


class RunStore:
    """A compiled graph with the checkpoints and vectors of its runs.

    Attributes:
        place: Folder or address of the database; None if nothing outlives this process.
    """

    def __init__(
        self,
        place: Place | None = None,
        graph: StateGraph[Any, Context, Any, Any] = builder,
        durability: Durability = "sync",
    ) -> None:
        """Open or create the store.

        Args:
            place: The folder, or the address of a PostgreSQL database; None for memory.
            graph: The graph to run.
            durability: `sync` saves every step, `exit` only the state at the end.
        """
        self.place = place
        self._database = (
            PostgresDatabase(str(place)) if is_postgres_url(place) else None
        )
        self._saver = open_saver(place)
        self._graph = graph.compile(checkpointer=self._saver)
        self._durability = durability

    def artifacts(self, sha256: str) -> Artifacts:
        """The artifacts of the clip with this SHA-256."""
        if self._database is not None:
            return Artifacts(PostgresEmbeddingStore(self._database, sha256))
        if self.place is None:
            return Artifacts()
        return Artifacts(
            FolderEmbeddingStore(Path(self.place) / "artifacts" / sha256[:16])
        )

    def state(self, config: RunnableConfig) -> StateSnapshot:
        """The current state of a run."""
        try:
            with self._one_line_errors():
                return self._graph.get_state(config)
        except UnicodeEncodeError:
            raise  # caused by the name of the thread, not by the run
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
            start: Input of a new run; None to resume an interrupted run; a `Command` to
                resume one that waits for a person.
            config: Names the thread.
            context: Context of the nodes; None if the remaining nodes need none.

        Yields:
            Mode and content: events of nodes (`"custom"`) and the state (`"values"`).
        """
        with self._one_line_errors():
            # Nodes of the subgraph of reasoning report events, too.
            for _, mode, part in self._graph.stream(
                start,
                config,
                context=context,
                stream_mode=["custom", "values"],
                subgraphs=True,
                durability=self._durability,
            ):
                yield mode, part

    def rewind(self, config: RunnableConfig, node: str) -> None:
        """Reset a run to the end of a node; the state keeps its later values."""
        with self._one_line_errors():
            self._graph.update_state(config, None, as_node=node)

    def end(self, thread: str) -> None:
        """Delete a finished run that is stored in memory only."""
        if self.place is None:
            self._saver.delete_thread(thread)

    def _one_line_errors(self) -> AbstractContextManager[None]:
        if self._database is not None:
            return translate_errors(self._database.place)
        return nullcontext() if self.place is None else explain_errors(Path(self.place))
