"""Answers that compute another verdict, correct this one, or go back."""

from affectgraph.agents.chat.answer_lines import describe_label
from affectgraph.agents.chat.clip_answers import senses_present
from affectgraph.agents.chat.context import ChatContext, CommandResult
from affectgraph.agents.chat.messages import ChatAnswer
from affectgraph.agents.chat.question_parser import ParsedQuestion, parse_question
from affectgraph.graphs.replay.edits import Edits

_YES = {"yes", "y", "yes please", "yeah", "ok", "sure", "please do", "do it", "ja"}
_NO = {"no", "n", "no thanks", "nope", "nein"}


def answer_what_if(context: ChatContext, question: ParsedQuestion) -> ChatAnswer:
    """What the answer would be without a sense, or by it alone; nothing is changed."""
    present = senses_present(context.verdict)
    if question.sense is None:
        return ChatAnswer.of_text(
            "Name what to leave out: the face, the voice or the words; /set changes a "
            "single measurement."
        )
    if question.sense not in present:
        return ChatAnswer.of_text(f"{question.sense} says nothing in this clip anyway.")
    others = [name for name in present if name != question.sense]
    if not others:
        return ChatAnswer.of_text(f"Nothing but {question.sense} says anything.")
    without = others if question.only else [question.sense]
    names = dict.fromkeys([*context.edits.without, *without])
    changed = context.edited(without=tuple(names)).verdict
    condition = f"By {question.sense} alone" if question.only else "Without it"
    verdict = context.verdict
    if changed.label == verdict.label:
        text = f"{condition} it would still be {describe_label(changed)}"
        text += f"; now {verdict.confidence:.2f}."
    else:
        text = f"{condition} it would be {describe_label(changed)} instead of "
        text += f"{describe_label(verdict)}."
    return ChatAnswer.of_text(text, f"/without {' '.join(without)} keeps it so.")


def offer_correction(context: ChatContext, question: ParsedQuestion) -> ChatAnswer:
    """Ask whether to store the emotion that the user says is right."""
    label = _right_label(context, question)
    if label is None and question.labels:
        return ChatAnswer.of_text(f"The answer is {question.label} already.")
    if label is None:
        return ChatAnswer.of_text(
            "Which emotion is right? Say, for example: it should be sad."
        )
    return ChatAnswer.of_text(
        f"Shall {label} be stored as the right label of this clip? It then counts for "
        "clips like it. Answer yes or no."
    )


def answer_offer(context: ChatContext, line: str) -> CommandResult | None:
    """Correct or not, if the line before offered it and this one says yes or no."""
    word = line.lower().strip(" .!")
    if context.last is None or word not in _YES | _NO:
        return None
    before = parse_question(context.last.line, context.verdict)
    label = None if before is None else _right_label(context, before)
    if before is None or label is None or before.intents != ("correct",):
        return None
    if word in _NO:
        return CommandResult(ChatAnswer.of_text("Nothing is stored."), context.edits)
    return CommandResult(correct(context, label, ""), context.edits)


def _right_label(context: ChatContext, question: ParsedQuestion) -> str | None:
    """The emotion that a correction names, other than the answer itself."""
    answered = context.verdict.label
    return next((name for name in question.labels if name != answered), None)


def correct(context: ChatContext, label: str, note: str) -> ChatAnswer:
    """Store the right label of the clip in the memory."""
    entry = context.agent.correct(context.run, label, note)
    place = context.agent.memory_place
    where = f"in {place}" if place else "until this ends; --memory PLACE keeps it"
    before = entry.before or "no label"
    text = f"{before} is corrected to {entry.after}, {where}."
    return ChatAnswer.of_text(text[0].upper() + text[1:])


def undo(context: ChatContext, question: ParsedQuestion) -> CommandResult:
    """Take back the last change of the evidence."""
    before = [t.edits for t in context.history() if t.edits != context.edits]
    if question.sense in context.edits.without:
        left = tuple(n for n in context.edits.without if n != question.sense)
        edits = context.edits.model_copy(update={"without": left})
    elif context.edits == Edits():
        answer = ChatAnswer.of_text(
            "Nothing is changed. A stored correction is removed by affectgraph memory "
            "forget."
        )
        return CommandResult(answer, context.edits)
    else:
        edits = before[-1] if before else Edits()
    verdict = context.edited(**dict(edits)).verdict
    state = "; ".join(edits.descriptions) or "as recorded"
    answer = ChatAnswer.of_text(f"Back to {state}: {describe_label(verdict)}.")
    return CommandResult(answer, edits)
