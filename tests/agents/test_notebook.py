"""An agent and a verdict as notebooks show them, through IPython's own formatters."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell

from affectgraph import EmotionAgent, Verdict

pytestmark = pytest.mark.slow

DEPRECATED = {"copy", "dict", "json", "parse_obj", "parse_raw", "construct", "schema"}


@pytest.fixture(scope="module")
def verdict(agent: EmotionAgent, demo: Path) -> Verdict:
    return agent.analyze(demo / "talk.mp4")


def display_data(thing: object) -> dict[str, Any]:
    data, _ = DisplayFormatter().format(thing)
    return data


def completions(shell: InteractiveShell, line: str) -> set[str]:
    """What IPython offers at the end of a line, as it comes out of the box."""
    with provisionalcompleter():
        found = list(shell.Completer.completions(line, len(line)))
    return {completion.text.rpartition(".")[2] for completion in found}


def document(verdict: Verdict) -> str:
    """What the frame holds."""
    found = re.search('srcdoc="([^"]*)"', display_data(verdict)["text/html"])
    assert found is not None
    return unescape(found[1])


def test_a_verdict_shows_the_head_of_its_report(verdict: Verdict) -> None:
    page = document(verdict)
    assert f'<h1 id="verdict">{verdict.label}</h1>' in page
    assert page.count('class="bar"') >= len(verdict.distribution)
    assert all(unescape(claim.text) in unescape(page) for claim in verdict.claims)
    assert page.count('class="lane"') == len({r.modality for r in verdict.timeline})
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {name for claim in verdict.claims for name in claim.cites} <= set(ids)


def test_nothing_of_a_clip_leaves_the_frame_or_runs(verdict: Verdict) -> None:
    evil = '"></iframe><script>alert(1)</script>'
    clip = verdict.clip.model_copy(update={"name": evil})
    claim = verdict.claims[0].model_copy(update={"text": evil})
    update = {"clip": clip, "claims": (claim, *verdict.claims[1:])}
    html = display_data(verdict.model_copy(update=update))["text/html"]
    assert (
        html.count("<iframe") == html.count("</iframe") == 1 and "<script" not in html
    )
    assert html.startswith("<iframe sandbox ")
    inside = document(verdict.model_copy(update=update))
    assert "<script" not in inside and "<iframe" not in inside
    assert "default-src 'none'" in inside


def test_an_abstention_is_shown_too(agent: EmotionAgent) -> None:
    verdict = agent.analyze(text="...")
    abstained = verdict.model_copy(
        update={"label": None, "abstained": True, "abstention_reason": "too little"}
    )
    assert "too little" in document(abstained)
    assert repr(abstained) == "<Verdict text: abstains: too little>"


def test_a_repr_is_one_short_line(agent: EmotionAgent, verdict: Verdict) -> None:
    wanted = f"<Verdict talk.mp4: {verdict.label} ({verdict.confidence:.2f})>"
    assert (
        repr(verdict) == str(verdict) == display_data(verdict)["text/plain"] == wanted
    )
    told = repr(agent)
    assert (
        told == display_data(agent)["text/plain"]
        and "\n" not in told
        and len(told) < 200
    )
    assert "face, prosody, transcript" in told and "research" in told


def test_an_agent_tells_what_it_works_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    place = tmp_path / "<b>cases"
    agent = EmotionAgent(llm="openai:gpt-x", tools="face", memory=place)
    html = display_data(agent)["text/html"]
    assert "openai:gpt-x" in html and "face" in html and "&lt;b&gt;cases" in html
    assert "<b>" not in html and "secret" not in html + repr(agent)


def test_completion_offers_our_names(agent: EmotionAgent, verdict: Verdict) -> None:
    shell = InteractiveShell(user_ns={"verdict": verdict, "agent": agent})
    offered = completions(shell, "verdict.")
    assert {"label", "confidence", "explanation", "to_pandas", "evidence"} <= offered
    assert not offered & DEPRECATED
    assert not {*dir(verdict.evidence[0]), *dir(Verdict)} & DEPRECATED
    methods = completions(shell, "agent.")
    assert {"analyze", "batch", "know", "what_if"} <= methods
