"""The agent for other agents: as a LangChain tool, and its verdicts as plain lines."""

from collections.abc import Callable

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import BaseModel, Field, ValidationError

from affectgraph.graphs.claims.stance import supporting_and_contradicting
from affectgraph.graphs.schema import Verdict
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line

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


def verdict_text(verdict: Verdict) -> str:
    """Describe label, confidence, conflicts and explanation."""
    likely = ", ".join(verdict.prediction_set)
    if verdict.label is None:
        headline = f"No label: {verdict.abstention_reason}; likely one of {likely}."
    else:
        headline = (
            f"Expressed emotion: {verdict.label} (confidence "
            f"{verdict.confidence:.2f}; likely one of {likely})."
        )
    conflicts = [
        "Conflict: {0} says {2}, {1} says {3}.".format(
            *conflict.modalities, *conflict.labels
        )
        for conflict in verdict.conflict
    ]
    missing = [
        f"{modality}: {status.state}, {status.reason}."
        for modality, status in verdict.modalities.items()
        if status.state != "present"
    ]
    explanation = verdict.explanation or "No claim about it stands on the evidence."
    return "\n".join([headline, explanation, *conflicts, *missing, verdict.notice])


def label_text(verdict: Verdict, label: str | None = None) -> str:
    """List evidence for and against a label, with ids; by default the top label."""
    chosen = label or max(verdict.distribution, key=verdict.distribution.__getitem__)
    if chosen not in BASIC_EMOTIONS:
        raise SettingError(f"label {chosen!r}: use one of {', '.join(BASIC_EMOTIONS)}")
    lines = [f"{chosen}: probability {verdict.distribution[chosen]:.2f}."]
    supporting, contradicting = supporting_and_contradicting(
        list(verdict.evidence), chosen
    )
    for side, ids in (("for", supporting), ("against", contradicting)):
        lines += [
            f"{side}: {piece.id} ({piece.modality}, {piece.span}) {piece.observation}"
            for piece in verdict.evidence
            if piece.id in ids
        ]
    lines += [
        f"check {check.kind}: {check.result}. {check.reason}"
        for check in verdict.checks
        if check.hypothesis == chosen and check.round == verdict.provenance.rounds
    ]
    return "\n".join(lines)
