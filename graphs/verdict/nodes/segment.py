"""Segment: cut a conversation into utterances, each of one person."""

from langgraph.runtime import Runtime

from affectgraph.graphs.external_calls import UtterancesRequest, UtterancesResult
from affectgraph.graphs.verdict.state import Context, VerdictState
from affectgraph.tools.errors import WeightsError, one_line
from affectgraph.tools.transcript.utterances import find_utterances

# A shorter clip is one utterance, unless the number of people is given.
MAX_SECONDS = 20.0


def segment(state: VerdictState, runtime: Runtime[Context]) -> VerdictState:
    """Find who says what, and when; nothing for a short clip or one without sound."""
    context = runtime.context
    clip = context.clip.info
    hears = any(tool.needs in ("audio", "words") for tool in context.tools)
    long = clip.seconds > MAX_SECONDS or context.speakers.asked
    if not (clip.has_audio and hears and long):
        return {}
    request = UtterancesRequest(
        clip=clip.sha256,
        people=context.speakers.people,
        with_words=any(tool.needs == "words" for tool in context.tools),
    )
    runtime.stream_writer({"node": "segment", "event": "started"})
    result = context.external_calls.answer(
        request, lambda: _find_utterances(context, request)
    )
    spoken = context.speakers.choose(result.utterances) if result.utterances else ()
    runtime.stream_writer({"node": "segment", "event": "done", "found": len(spoken)})
    notes = [f"not cut into utterances: {result.problem}"] if result.problem else []
    return {"spoken": list(spoken), "notes": notes}


def _find_utterances(context: Context, request: UtterancesRequest) -> UtterancesResult:
    try:
        utterances = find_utterances(
            context.clip, people=request.people, with_words=request.with_words
        )
    except WeightsError as error:
        return UtterancesResult(problem=one_line(error))
    return UtterancesResult(utterances=utterances)
