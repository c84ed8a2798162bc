"""The agent as a LangChain tool, for other agents."""

from collections.abc import Callable

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import BaseModel, Field, ValidationError

from affectgraph.agents.integrations.text import verdict_text
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.errors import AffectgraphError, one_line

DESCRIPTION = (
    "Tell what emotion a person expresses in a clip, how sure that is, and on which "
    "evidence. Give the path of a video, audio, image or .txt file, the words, or both."
)


class ClipRequest(BaseModel):
    """A clip to analyse."""

    path: str | None = Field(
        default=None, description="Path of a video, audio, image or .txt file."
    )
    text: str | None = Field(
        default=None, description="The words, where they are known."
    )


def as_tool(analyze: Callable[..., Verdict]) -> BaseTool:
    """Make a LangChain tool of `EmotionAgent.analyze`.

    Returns:
        A tool that returns plain lines, with the `Verdict` as its artifact. Errors of
        the clip or the arguments are returned as one line, not raised.
    """

    def answer(path: str | None = None, text: str | None = None) -> tuple[str, Verdict]:
        try:
            verdict = analyze(path, text=text)
        except AffectgraphError as error:
            raise ToolException(one_line(error)) from error
        return verdict_text(verdict), verdict

    return StructuredTool.from_function(
        answer,
        name="tell_emotion",
        description=DESCRIPTION,
        args_schema=ClipRequest,
        response_format="content_and_artifact",
        handle_tool_error=True,
        handle_validation_error=_error_line,
    )


def _error_line(error: object) -> str:
    return one_line(error) if isinstance(error, ValidationError) else str(error)
