"""LangChain tools, and so tools of Model Context Protocol servers, as senses."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from langchain_core.tools import BaseTool

from affectgraph.tools.clip import Clip
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.errors import BrokenSenseError
from affectgraph.tools.evidence import Calibration, Evidence, Provenance, Span
from affectgraph.tools.language.vocabulary import vote_from_scores
from affectgraph.tools.perception import PerceptionTool

ToolArguments = Callable[[Clip, Span], Mapping[str, Any]]
ToEvidence = Callable[[Any, Clip, Span], Iterable[Evidence]]

_QUALITY = 0.5
_MAX_OBSERVATION = 600


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
        tool: The LangChain tool.
        modality: What it perceives, such as `gesture`.
        prefix: One capital letter.
        takes: Function that makes the tool's arguments from a clip and a span; see
            `clip.path` and `clip.text`.
        gives: Function that makes evidence from the answer. Without it, scores of
            emotion words (`{"joy": 0.8}`, or a list of `{"label": ..., "score": ...}`),
            as objects or JSON, become a vote, and any other text an observation.
        needs: `video`, `audio`, `words` or `any`; clips without it are skipped.
        calibration: Measured trust in its votes.
        seconds: Time limit of a call, for each minute of the clip begun.

    Raises:
        SettingError: If `modality`, `prefix`, `needs` or `seconds` is invalid.
    """

    def call_tool(clip: Clip, span: Span) -> list[Evidence]:
        answer = _parse_answer(asyncio.run(tool.ainvoke(dict(takes(clip, span)))))
        if gives is not None:
            return list(gives(answer, clip, span))
        return [_evidence(tool.name, answer, span)]

    return PerceptionTool(
        name=tool.name,
        modality=modality,
        prefix=prefix,
        sense=call_tool,
        needs=needs,
        calibration=calibration,
        seconds=seconds,
    )


def _parse_answer(answer: Any) -> Any:
    """A tool's answer: text of its content blocks, parsed if it is JSON."""
    if isinstance(answer, list) and all(_is_text_block(block) for block in answer):
        answer = "\n".join(block["text"] for block in answer)
    if isinstance(answer, str):
        try:
            return json.loads(answer)
        except ValueError:
            return answer
    return answer


def _is_text_block(block: Any) -> bool:
    return isinstance(block, Mapping) and block.get("type") == "text"


def _evidence(name: str, answer: Any, span: Span) -> Evidence:
    provenance = Provenance(model=name)
    scores = _scores(answer)
    if scores is not None:
        distribution, known_share = vote_from_scores(scores)
        if not known_share:
            raise BrokenSenseError(
                f"{name} answered with {', '.join(scores)[:100]}: no emotion words"
            )
        label = top_emotion(distribution)
        return Evidence(
            span=span,
            observation=f"{name} answers most with {label} "
            f"({distribution[label]:.2f}).",
            distribution=distribution,
            quality=_QUALITY * known_share,
            provenance=provenance,
        )
    if isinstance(answer, str) and answer.strip():
        text = answer.strip()[:_MAX_OBSERVATION]
        return Evidence(
            span=span, observation=text, quality=_QUALITY, provenance=provenance
        )
    raise BrokenSenseError(
        f"{name} answered with a {type(answer).__name__} that holds no scores and no "
        "text; convert it to evidence with gives="
    )


def _scores(answer: Any) -> dict[str, float] | None:
    if isinstance(answer, list):
        try:
            answer = {str(item["label"]): item["score"] for item in answer}
        except (KeyError, TypeError):
            return None
    if not isinstance(answer, Mapping) or not answer:
        return None
    if not all(type(value) in (int, float) for value in answer.values()):
        return None
    return {str(word): float(value) for word, value in answer.items()}
