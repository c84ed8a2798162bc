"""The commands of a conversation: a table, and a plain function for each."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from affectgraph.agents.annotation.annotator import basic_label
from affectgraph.agents.chat import fact_answers, tables
from affectgraph.agents.chat.context import Reply, Talk, said
from affectgraph.agents.chat.messages import Answer, Line, Table
from affectgraph.agents.chat.parsing import parse
from affectgraph.agents.chat.question_parser import Asked
from affectgraph.agents.chat.save import save
from affectgraph.agents.verdict_diff import differences, done
from affectgraph.graphs.replay.edits import Edits
from affectgraph.tools.errors import AffectgraphError, SettingError, one_line
from affectgraph.tools.evidence import Span

_LOOK = re.compile(r"(\d+(?:\.\d+)?) ?- ?(\d+(?:\.\d+)?)(?: ?s)? +(\w+)")


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        usage: How it is written.
        about: What it does.
        act: Does it, given the rest of the line.
    """

    usage: str
    about: str
    act: Callable[[Talk, str], Reply]

    @property
    def name(self) -> str:
        """Its first word."""
        return self.usage.split()[0]


def obey(talk: Talk, line: str) -> Reply:
    """Do what a line that begins with `/` says; what is wrong is the answer."""
    name, rest = parse(line)
    try:
        if name not in COMMANDS:
            raise SettingError(f"there is no {name}; /help lists what there is")
        return COMMANDS[name].act(talk, rest)
    except AffectgraphError as error:
        problem = said(one_line(error)).model_copy(update={"problem": True})
        return Reply(problem, talk.edits)


def _evidence(talk: Talk, rest: str) -> Reply:
    names = rest.split()
    known = {**dict.fromkeys(talk.senses), **dict.fromkeys(talk.evidence)}
    for name in names:
        if name not in known:
            raise SettingError(f"no {name!r} here; there are {', '.join(known)}")
    ids = [name for name in names if name in talk.evidence]
    lines = [line for name in ids for line in fact_answers.by_id(talk, name)]
    senses = [name for name in names if name not in ids] or [*talk.senses]
    table = [] if ids else [tables.evidence(talk.verdict, senses)]
    return Reply(Answer(lines=tuple(lines), tables=tuple(table)), talk.edits)


def _why(talk: Talk, rest: str) -> Reply:
    label = basic_label(rest) if rest else None
    lines = fact_answers.why(
        talk, Asked(topics=("why",), label=label), most=fact_answers.ALL
    )
    return Reply(Answer(lines=tuple(lines)), talk.edits)


def _without(talk: Talk, rest: str) -> Reply:
    left_out = dict.fromkeys([*talk.edits.without, *_senses(rest)])
    return _changed(talk, talk.edited(without=tuple(left_out)))


def _only(talk: Talk, rest: str) -> Reply:
    return _changed(talk, talk.edited(only=tuple(_senses(rest)), without=()))


def _back(talk: Talk, rest: str) -> Reply:
    back, edits = _senses(rest), talk.edits
    for name in back:
        kept = name not in edits.without and name in (edits.only or talk.senses)
        if kept or name not in talk.senses:
            raise SettingError(f"{name!r} is not left out")
    without = tuple(name for name in edits.without if name not in back)
    only = tuple(dict.fromkeys([*edits.only, *back])) if edits.only else ()
    return _changed(talk, talk.edited(without=without, only=only))


def _set(talk: Talk, rest: str) -> Reply:
    values = Edits.of([re.sub(r"\s+", "=", rest, count=1)]).values
    return _changed(talk, talk.edited(values={**talk.edits.values, **values}))


def _look(talk: Talk, rest: str) -> Reply:
    asked = _LOOK.fullmatch(rest)
    if asked is None or float(asked[1]) > float(asked[2]):
        raise SettingError("write /look START-END SENSE, as in /look 2.0-3.5 face")
    if talk.clip is None:
        raise SettingError("the clip is not here: begin with affectgraph chat CLIP")
    span = Span(start=float(asked[1]), end=float(asked[2]))
    recorded = talk.run.record.verdict.evidence
    pieces = [*recorded, *talk.edits.added, *talk.verdict.evidence]
    letters = {s.modality: s.prefix for s in talk.run.record.senses}
    letter = letters.get(asked[3], "")
    numbers = [int(p.id[1:]) for p in pieces if p.id[:1] == letter]
    try:
        found = talk.agent.look(talk.clip, asked[3], span, max(numbers, default=0) + 1)
    except AffectgraphError:
        raise
    except Exception as error:  # a sense may raise anything it likes
        raise SettingError(f"{asked[3]} failed: {one_line(error)}") from error
    if not found:
        return Reply(said(f"{asked[3]} found nothing at {span}."), talk.edits)
    then = talk.edited(added=(*talk.edits.added, *found))
    reply = _changed(talk, then)
    seen = tuple(Line(text=p.observation, cites=(p.id,)) for p in found)
    lines = (*seen, *reply.answer.lines)
    return replace(reply, answer=reply.answer.model_copy(update={"lines": lines}))


def _changed(talk: Talk, then: Talk) -> Reply:
    """Compute the verdict with other edits, and say what follows."""
    outcome = then.outcome(then.edits)
    before, after = talk.verdict, outcome.verdict
    lines = [
        Line(
            text=f"It was {fact_answers.named(before)}; it is {fact_answers.named(after)}."
        ),
        Line(text=done(outcome)),
    ]
    for what, claims in (
        ("No longer claimed", [c for c in before.claims if c not in after.claims]),
        ("Now claimed", [c for c in after.claims if c not in before.claims]),
    ):
        lines += [Line(text=f"{what}: {one.text}", cites=one.cites) for one in claims]
    rows = [
        (name, old, new)
        for name, (old, new) in differences(before, after).items()
        if old != new
    ]
    table = Table(columns=("", "before", "now"), rows=tuple(rows))
    tables = (table,) if rows else ()
    return Reply(Answer(lines=tuple(lines), tables=tables), then.edits)


def _cases(talk: Talk, rest: str) -> Reply:
    lines = fact_answers.cases(talk, Asked(topics=("cases",)))
    return Reply(Answer(lines=tuple(lines)), talk.edits)


def _case(talk: Talk, rest: str) -> Reply:
    known = [f"C{number}" for number in range(1, len(talk.verdict.cases) + 1)]
    if rest not in known:
        there = ", ".join(known) or "none"
        raise SettingError(f"there is no case {rest!r}; there are {there}")
    return Reply(Answer(lines=tuple(fact_answers.by_id(talk, rest))), talk.edits)


def _compare(talk: Talk, rest: str) -> Reply:
    if not talk.edits.descriptions:
        return Reply(said("Nothing is changed: this is the run as recorded."), Edits())
    rows = [
        (name, *pair)
        for name, pair in differences(talk.run.record.verdict, talk.verdict).items()
    ]
    columns = ("", "recorded", "; ".join(talk.edits.descriptions))
    answer = said(done(talk.outcome(talk.edits)))
    table = Table(columns=columns, rows=tuple(rows))
    return Reply(answer.model_copy(update={"tables": (table,)}), talk.edits)


def _rewind(talk: Talk, rest: str) -> Reply:
    turns = talk.history()
    if not rest:
        return Reply(Answer(tables=(tables.steps(turns),)), talk.edits)
    there = {str(turn.step): turn for turn in turns}
    if rest not in there:
        raise SettingError(
            f"there is no step {rest!r}; there are 0 to {len(turns) - 1}"
        )
    turn = there[rest]
    told = "; ".join(turn.edits.descriptions) or "as recorded"
    then = talk.edited(**dict(turn.edits))
    return Reply(
        said(
            f"As after step {rest}: {told}.",
            f"It is {fact_answers.named(then.verdict)}.",
        ),
        then.edits,
    )


def _fork(talk: Talk, rest: str) -> Reply:
    if not re.fullmatch(r"[\w.-]+", rest):
        raise SettingError("write /fork NAME: letters, digits, . _ -")
    talk.fork(rest)
    return Reply(said(f"Kept up to here; go on there with --thread {rest}"), talk.edits)


def _graph(talk: Talk, rest: str) -> Reply:
    outcome = talk.outcome(talk.edits) if talk.edits.descriptions else None
    return Reply(Answer(tables=(tables.graph(talk.verdict, outcome),)), talk.edits)


def _trace(talk: Talk, rest: str) -> Reply:
    shown = tables.told(talk.run.record), tables.steps(talk.history())
    return Reply(Answer(tables=shown), talk.edits)


def _correct(talk: Talk, rest: str) -> Reply:
    label, _, note = rest.partition(" ")
    if not label:
        raise SettingError("write /correct LABEL NOTE")
    entry = talk.agent.correct(talk.run, label, note.strip())
    where = talk.agent.memory_place
    kept = f"in {where}" if where else "until this ends; --memory PLACE keeps it"
    before = entry.before or "no label"
    text = f"{before} is corrected to {entry.after}, {kept}."
    return Reply(said(text[0].upper() + text[1:]), talk.edits)


def _save(talk: Talk, rest: str) -> Reply:
    file = save(rest, talk.verdict, talk.history())
    return Reply(said(f"Written: {file}"), talk.edits)


def _help(talk: Talk, rest: str) -> Reply:
    rows = tuple((one.usage, one.about) for one in COMMANDS.values())
    ask = "Ask in plain words, too: why not angry? What did the voice say at two"
    answer = said(f"{ask} seconds? How sure are you, and what would change your mind?")
    table = Table(columns=("command", "what it does"), rows=rows)
    return Reply(answer.model_copy(update={"tables": (table,)}), talk.edits)


def _senses(rest: str) -> list[str]:
    names = rest.replace(",", " ").split()
    if not names:
        raise SettingError("name a sense, as in /without face")
    return names


COMMANDS = {
    one.name: one
    for one in (
        Command("/evidence [SENSE or ID]", "what the senses found", _evidence),
        Command("/why [LABEL]", "what speaks for and against an emotion", _why),
        Command("/without SENSE...", "leave senses out", _without),
        Command("/only SENSE...", "keep these senses only", _only),
        Command("/back SENSE...", "take left out senses back in", _back),
        Command("/look START-END SENSE", "have a sense look closer there", _look),
        Command("/set ID.NAME VALUE", "change a piece of evidence", _set),
        Command("/cases", "the cases that were recalled", _cases),
        Command("/case C1", "one of them", _case),
        Command("/compare", "the changed run beside the recorded one", _compare),
        Command("/rewind [STEP]", "go back to a step, or list the steps", _rewind),
        Command("/fork NAME", "keep this conversation under another name, too", _fork),
        Command("/graph", "what each node of the graph came to", _graph),
        Command("/trace", "what the run was told, and every step here", _trace),
        Command("/correct LABEL NOTE", "tell the memory the right label", _correct),
        Command("/save FILE", "a verdict (.json) or this conversation (.md)", _save),
        Command("/help", "this", _help),
    )
}
