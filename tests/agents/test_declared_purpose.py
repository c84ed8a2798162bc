"""A purpose is declared, refused where the law forbids it, and told in the verdict."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from affectgraph.agents import EmotionAgent
from affectgraph.agents.cli.main import app, main
from affectgraph.agents.governance.purpose import (
    PERMITTED,
    VARIABLE,
    checked_purpose,
    transparency_notice,
)
from affectgraph.tools.errors import PurposeError, SettingError

pytestmark = pytest.mark.slow

WORDS = "I am so happy that you came!"


@pytest.mark.parametrize("purpose", ["workplace", "education", " Workplace "])
def test_workplace_and_education_are_refused_by_article(
    purpose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = r"Regulation \(EU\) 2024/1689, Art\. 5\(1\)\(f\)"
    with pytest.raises(PurposeError, match=article):
        EmotionAgent(purpose=purpose)
    monkeypatch.setenv(VARIABLE, purpose)
    with pytest.raises(PurposeError, match=article):
        EmotionAgent(llm=None)
    with pytest.raises(PurposeError, match=article):
        transparency_notice()


@pytest.mark.parametrize("purpose", ["hiring", "", "proctoring of exams"])
def test_an_unknown_purpose_names_those_there_are(purpose: str) -> None:
    with pytest.raises(SettingError, match="research, personal, service, medical"):
        EmotionAgent(purpose=purpose)


def test_research_is_the_default_an_argument_wins_over_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert checked_purpose() == "research"
    monkeypatch.setenv(VARIABLE, "medical")
    assert checked_purpose() == "medical" and checked_purpose("safety") == "safety"
    monkeypatch.setenv(VARIABLE, "")
    assert checked_purpose() == "research"


@pytest.mark.parametrize("purpose", PERMITTED)
def test_the_verdict_tells_its_purpose_its_conditions_and_what_it_estimates(
    purpose: str,
) -> None:
    verdict = EmotionAgent(llm=None, purpose=purpose).analyze(text=WORDS)
    assert verdict.provenance.settings["purpose"] == purpose
    assert "expresses" in verdict.notice and "not what" in verdict.notice
    conditions = [n for n in verdict.provenance.notes if f"purpose {purpose}:" in n]
    if purpose in ("medical", "safety"):
        assert "strictly needed" in conditions[0] and "Art. 5(1)(f)" in conditions[0]
    elif purpose == "service":
        assert "Annex III" in conditions[0]
    else:
        assert not conditions


def test_a_recorded_run_keeps_its_purpose(tmp_path: Path) -> None:
    agent = EmotionAgent(llm=None, purpose="safety")
    verdict = agent.analyze(text=WORDS, record=tmp_path)
    assert EmotionAgent.replay(tmp_path) == verdict


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyze", "--text", WORDS),
        ("analyze", "--replay", "run.json"),
        ("demo",),
        ("evaluate", "README.md"),
        ("chat",),
        ("mcp",),
        ("notice",),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_every_way_in_refuses_a_forbidden_purpose(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*arguments, "--purpose", "workplace"])
    assert isinstance(done.exception, PurposeError) and done.stdout == ""


def test_a_refusal_is_one_line_and_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["affectgraph", "analyze", "--text", WORDS, "--purpose", "education"]
    monkeypatch.setattr("sys.argv", line)
    with pytest.raises(SystemExit, match="2"):
        main()
    told = capsys.readouterr()
    assert told.out == "" and len(told.err.splitlines()) == 1
    assert told.err.startswith("affectgraph: purpose education is refused")


def test_the_notice_names_the_operator_the_purpose_and_the_article() -> None:
    text = transparency_notice("medical", "City Hospital $1")
    assert "City Hospital $1 uses Affectgraph" in text and "medical reasons" in text
    assert "Article 50(3) of Regulation (EU) 2024/1689" in text
    assert "$" not in transparency_notice()
    done = CliRunner().invoke(app, ["notice", "--operator", "A. Nother"])
    assert done.exit_code == 0 and "A. Nother uses" in done.stdout
