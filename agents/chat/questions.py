"""Plain questions: read, answered from facts, and put into words where one can."""

from collections.abc import Callable

from affectgraph.agents.chat import fact_answers
from affectgraph.agents.chat.context import Talk
from affectgraph.agents.chat.messages import Answer, Line
from affectgraph.agents.chat.question_parser import TOPICS, Asked, read
from affectgraph.graphs.reasoner.answers import answer_with_claims, classify_question
from affectgraph.graphs.reasoner.reasoner import Reasoner
from affectgraph.tools.emotions import top_emotion

_TOLD: dict[str, Callable[[Talk, Asked], list[Line]]] = {
    "why": fact_answers.why,
    "evidence": fact_answers.evidence,
    "sure": fact_answers.sure,
    "conflict": fact_answers.conflict,
    "cases": fact_answers.cases,
    "change": fact_answers.change,
}
_WORDED = 3


def answer(talk: Talk, question: str) -> Answer:
    """The answer to a question.

    What is computed, such as probabilities, checks and what would change the label, is
    rendered. Where there is a language model, it words what the evidence shows, and
    reads the question where its words are not known.
    """
    reasoner = talk.agent.reasoner
    asked = read(question, talk.verdict)
    if asked is None and reasoner is not None:
        asked = _as_read(talk, question, reasoner)
    if asked is None:
        text = (
            "That was not understood. Ask why it is or is not an emotion, what a sense "
            "found, also at some second, how sure it is, what would change it; or /help"
        )
        return Answer(lines=(Line(text=text),), problem=True)
    lines = [line for topic in asked.topics for line in _TOLD[topic](talk, asked)]
    if reasoner is not None and {"why", "evidence"} & {*asked.topics}:
        lines = _in_words(talk, question, asked, lines, reasoner)
    return Answer(lines=tuple(lines))


def _as_read(talk: Talk, question: str, reasoner: Reasoner) -> Asked | None:
    about = classify_question(question, TOPICS, talk.senses, reasoner)
    if not about:
        return None
    label, sense = about.get("emotion"), about.get("sense")
    return Asked(topics=(about["topic"],), label=label, sense=sense)


def _in_words(
    talk: Talk, question: str, asked: Asked, lines: list[Line], reasoner: Reasoner
) -> list[Line]:
    """The lines, observations worded by the model where its words pass the checker."""
    known = talk.evidence
    observed = {
        line.cites[0]: line
        for line in lines
        if len(line.cites) == 1
        and line.cites[0] in known
        and line.text == known[line.cites[0]].observation
    }
    pieces = [known[name] for name in [*observed][:_WORDED]]
    if not pieces:
        return lines
    label = asked.label or top_emotion(talk.verdict.distribution)
    claims, dropped = answer_with_claims(question, label, pieces, reasoner)
    notes = [Line(text=f"({note})") for note in dropped]
    if not claims:
        return [*lines, *notes]
    worded = {
        claim.cites[0]: Line(
            text=claim.text,
            cites=claim.cites,
            side=observed[claim.cites[0]].side,
            by="llm",
        )
        for claim in claims
    }
    fallen = {piece.id for piece in pieces} - {*worded}
    kept = [x for x in lines if x not in [observed[name] for name in fallen]]
    told = [worded[x.cites[0]] if x in observed.values() and x.cites[0] in worded
            else x for x in kept]  # fmt: skip
    return [*told, *notes]
