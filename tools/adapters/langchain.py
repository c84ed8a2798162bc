"""Any LangChain tool as a sense, and so any tool of a Model Context Protocol server."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from langchain_core.tools import BaseTool

from affectgraph.tools.clip import Clip
from affectgraph.tools.errors import BrokenSenseError
from affectgraph.tools.evidence import Calibration, Evidence, Provenance, Span
from affectgraph.tools.language.vocabulary import vote_from_scores
from affectgraph.tools.perception import PerceptionTool

ToolArguments = Callable[[Clip, Span], Mapping[str, Any]]
ToEvidence = Callable[[Any, Clip, Span], Iterable[Evidence]]

_QUALITY = 0.5
_LONGEST = 600


def langchain_sense(
    tool: BaseTool,
    *,
    modality: str,
    prefix: str,
    takes: ToolArguments,
    gives: ToEvidence | None = None,
    needs: str = "any",
    calibration: Calibration | None = None,
    seconds: float = 60.0,
) -> PerceptionTool:
    """Make a sense of a LangChain tool, synchronous or not.

    Tools of a Model Context Protocol server come from `langchain-mcp-adapters`:
    `await MultiServerMCPClient({...}).get_tools()`.

    Args:
        tool: What answers.
        modality: What it perceives with.
        prefix: One capital letter.
        takes: The tool's arguments for a clip and a span; `clip.path` and `clip.text`
            may help.
        gives: Evidence from the tool's answer. Without it, scores of emotion words
            (`{"joy": 0.8}`, or a list of `{"label": ..., "score": ...}`), as objects
            or as JSON, become a vote, and any other text an observation.
        needs: `video`, `audio`, `words` or `any`: a clip without it is not shown.
        calibration: How far its votes are to be trusted.
        seconds: Longest that an answer may take, for each minute begun.

    Raises:
        SettingError: If the modality, the prefix or the need cannot be used.
    """

    def look(clip: Clip, span: Span) -> list[Evidence]:
        answer = _content(asyncio.run(tool.ainvoke(dict(takes(clip, span)))))
        if gives is not None:
            return list(gives(answer, clip, span))
        return [_evidence(tool.name, answer, span)]

    return PerceptionTool(
        name=tool.name,
        modality=modality,
        prefix=prefix,
        sense=look,
        needs=needs,
        calibration=calibration,
        seconds=seconds,
    )


def _content(answer: Any) -> Any:
    """What a tool said: JSON where it is, without the blocks around the text."""
    if isinstance(answer, list) and all(_is_text(block) for block in answer):
        answer = "\n".join(block["text"] for block in answer)
    if isinstance(answer, str):
        try:
            return json.loads(answer)
        except ValueError:
            return answer
    return answer


def _is_text(block: Any) -> bool:
    return isinstance(block, Mapping) and block.get("type") == "text"


def _evidence(name: str, answer: Any, span: Span) -> Evidence:
    made_by = Provenance(model=name)
    scores = _scores(answer)
    if scores is not None:
        likely, known = vote_from_scores(scores)
        if not known:
            raise BrokenSenseError(
                f"{name} answered with {', '.join(scores)[:100]}: no emotion words"
            )
        best = max(likely, key=likely.__getitem__)
        return Evidence(
            span=span,
            observation=f"{name} answers most with {best} ({likely[best]:.2f}).",
            distribution=likely,
            quality=_QUALITY * known,
            provenance=made_by,
        )
    if isinstance(answer, str) and answer.strip():
        text = answer.strip()[:_LONGEST]
        return Evidence(
            span=span, observation=text, quality=_QUALITY, provenance=made_by
        )
    raise BrokenSenseError(
        f"{name} answered with a {type(answer).__name__} that holds no scores and no "
        "text; say with gives= what it means"
    )


def _scores(answer: Any) -> dict[str, float] | None:
    if isinstance(answer, list):
        try:
            answer = {str(one["label"]): one["score"] for one in answer}
        except (KeyError, TypeError):
            return None
    if not isinstance(answer, Mapping) or not answer:
        return None
    numbers = all(type(value) in (int, float) for value in answer.values())
    return (
        {str(word): float(value) for word, value in answer.items()} if numbers else None
    )
