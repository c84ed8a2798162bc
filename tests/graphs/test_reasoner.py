"""The reasoner reads what can be read, mends once, and never raises."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from affectgraph.graphs.reasoner import models
from affectgraph.graphs.reasoner.reasoner import Reasoner, parse_reply
from affectgraph.tools.errors import SettingError


class Choice(BaseModel):
    pick: int


@pytest.mark.parametrize(
    "text",
    ['{"pick": 3}', '```json\n{"pick": 3}\n```', 'Sure! {"pick": 3} Done.'],
)
def test_json_is_found_bare_fenced_or_in_prose(text: str) -> None:
    assert parse_reply(text, Choice).pick == 3


@given(text=st.text(max_size=200))
def test_what_cannot_be_read_is_a_value_error_and_nothing_else(text: str) -> None:
    for body in (text, "{" + text, f'{{"pick": {text}}}', "{" * 3000 + text):
        try:
            assert isinstance(parse_reply(body, Choice).pick, int)
        except ValueError:
            continue


def test_an_unreadable_reply_is_asked_for_once_more(scripted: Any) -> None:
    model = scripted("seven", '{"pick": 7}')
    answer = Reasoner(model, "scripted").ask("context", "task", Choice)
    assert answer.reply == Choice(pick=7) and answer.spent.calls == 2
    assert "could not be read" in str(model.history[1][-1].content)


def test_two_unreadable_replies_are_given_up(scripted: Any) -> None:
    answer = Reasoner(scripted("a", "b"), "scripted").ask("context", "task", Choice)
    assert answer.reply is None and "unreadable" in answer.problem


def test_an_error_of_the_model_is_its_problem_in_one_line(scripted: Any) -> None:
    failing = scripted(ConnectionError("no\nroute"))
    answer = Reasoner(failing, "scripted").ask("context", "task", Choice)
    assert answer.problem == "ConnectionError: no route" and answer.spent.calls == 1


def test_the_schema_goes_with_the_question(scripted: Any) -> None:
    asked: list[dict[str, Any]] = []

    def reply(messages: Any, options: dict[str, Any]) -> str:
        asked.append(options)
        return json.dumps({"pick": 1})

    Reasoner(scripted(reply), "scripted").ask("context", "task", Choice)
    wanted = asked[0]["response_format"]["json_schema"]["schema"]
    assert wanted["properties"]["pick"]["type"] == "integer"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gpt-4", "PROVIDER:MODEL"),
        ("cloud:gpt-4", "PROVIDER:MODEL"),
        ("vllm:", "PROVIDER:MODEL"),
        ("embedded:huge", "there are affectgraph-135m, qwen2.5-coder-1.5b"),
        ("openai:gpt-4o", "OPENAI_API_KEY"),
    ],
)
def test_an_unusable_name_says_what_to_do(
    name: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingError, match=message):
        models.chat_model(name)


def test_only_the_embedded_model_has_weights_of_ours() -> None:
    assert models.required_weights("embedded") == models.DEFAULT_WEIGHTS
    (larger,) = models.required_weights("embedded:qwen2.5-coder-1.5b")
    assert larger.startswith("qwen2.5-coder-1.5b")
    assert models.required_weights("vllm:Qwen/Qwen3-8B") == ()
