"""`affectgraph memory`: cases come, are found, corrected, carried and forgotten."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from affectgraph.agents import EmotionAgent
from affectgraph.memory import Memory
from affectgraph.tools.errors import AffectgraphError, ClipError, SettingError

pytestmark = pytest.mark.slow

Command = Callable[..., Result]
SAD = "I miss her so much, I cried all night."
GLAD = "I am so happy that you came!"


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    return tmp_path / "cases"


@pytest.fixture(autouse=True)
def memory_in_cases(cases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFECTGRAPH_MEMORY", str(cases))


def lines(done: Result) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def add_case(command: Command, *arguments: object) -> dict:
    (told,) = lines(command("memory", "add", *arguments, "--json"))
    return told


def verdict(command: Command, *arguments: object) -> str:
    done = command("analyze", *arguments, "--no-llm", "--json")
    assert done.exit_code == 0, done.stderr
    return done.stdout


def recalled_ids(told: str) -> set[str]:
    return {one["case"]["id"] for one in json.loads(told)["cases"]}


def test_a_clip_is_added_once_and_no_word_of_it_is_kept(command, cases, face_video):
    clip = face_video()
    how = ("--label", "joyful", "--labels", "beaming", "--annotator", "ann")
    first = add_case(command, clip, *how, "--licence", "CC0", "--source", "mine")
    again = add_case(command, clip, *how, "--licence", "CC0", "--source", "mine")
    assert (first["new"], again["new"]) == (True, False)
    assert first["case"]["label"] == "happy"
    assert first["case"]["labels"] == ["joyful", "beaming"]
    assert (first["case"]["annotator"], first["case"]["licence"]) == ("ann", "CC0")
    spaces = Memory(cases).stats().spaces
    assert {one.space.modality for one in spaces} >= {"face", "prosody"}
    assert "face" in first["case"]["summary"] and '"' not in first["case"]["summary"]


def test_what_one_process_adds_another_recalls_but_never_for_itself(command):
    one = add_case(command, "--text", SAD, "--label", "sad")["case"]["id"]
    other = add_case(
        command, "--text", "I cried all night, I miss her.", "--label", "sad"
    )
    assert recalled_ids(verdict(command, "--text", SAD)) & {
        one,
        other["case"]["id"],
    } == {other["case"]["id"]}


def test_words_with_other_punctuation_are_no_other_case(command):
    known = add_case(command, "--text", SAD, "--label", "sad")["case"]["id"]
    for words in (SAD.upper(), SAD.replace(",", " -")[:-1], f"{SAD[:-1]}!!"):
        assert known not in recalled_ids(verdict(command, "--text", words))


def test_the_screen_says_that_cases_do_not_move_the_answer(command):
    add_case(command, "--text", GLAD, "--label", "happy")
    told = json.loads(verdict(command, "--text", SAD))["provenance"]["settings"]
    shown = command("analyze", "--text", SAD, "--no-llm").stdout
    assert told["memory"] in " ".join(shown.split())


def test_words_given_with_a_clip_do_not_hide_that_it_is_the_same(command, face_video):
    clip = face_video()
    known = add_case(command, clip, "--text", GLAD, "--label", "happy")["case"]["id"]
    assert known not in recalled_ids(verdict(command, clip, "--text", SAD))
    (other,) = lines(command("memory", "search", "--json"))
    assert other["id"] == known


def test_a_manifest_is_taken_up_where_it_was_cut_off(command, tmp_path):
    manifest = tmp_path / "clips.csv"
    manifest.write_text(f'text,label\n"{SAD}",sad\n"{GLAD}",happy\n')
    add_case(command, "--text", SAD, "--label", "sad")
    done = command("memory", "add", manifest, "--json")
    assert [told["new"] for told in lines(done)] == [False, True]


def test_a_row_that_fails_does_not_cost_the_others(command, tmp_path):
    manifest = tmp_path / "clips.csv"
    manifest.write_text(f"path,text,label\nnone.mp4,,sad\n,{GLAD},happy\n")
    done = command("memory", "add", manifest, "--json")
    assert done.exit_code == 1
    assert "row 2: " in done.stderr and "none.mp4" in done.stderr
    assert [told["case"]["label"] for told in lines(done)] == ["happy"]


def test_evaluate_never_compares_a_clip_with_itself(command, tmp_path, monkeypatch):
    manifest = tmp_path / "clips.csv"
    manifest.write_text(
        "text,label\n"
        f'"{SAD}",sad\n"{GLAD}",happy\n'
        '"I cried all night, I miss her.",sad\n"So happy you came!",happy\n'
    )
    command("memory", "add", manifest)
    asked = []
    real = Memory.recall

    def recall_and_log(self, *arguments, **how):
        found = real(self, *arguments, **how)
        asked.append((how["exclude"], [one.case.sha256 for one in found]))
        return found

    monkeypatch.setattr(Memory, "recall", recall_and_log)
    done = command("evaluate", manifest, "--no-llm", "--json")
    assert done.exit_code == 0, done.stderr
    own = {case.sha256 for case in Memory(tmp_path / "cases").search()}
    assert len(asked) == len(own) == 4
    for excluded, found in asked:
        assert set(excluded) & own
        assert not set(excluded) & set(found)
    assert any(set(found) & own for _, found in asked)


@pytest.fixture
def sarcasm(tmp_path: Path) -> Path:
    path = tmp_path / "words.txt"
    path.write_text("Fine. Just fine.")
    return path


def test_a_verdict_on_standard_input_is_corrected_and_undone(command, sarcasm):
    told = verdict(command, sarcasm)
    how = ("--note", "Sarcasm.", "--annotator", "ann", "--clip", sarcasm, "--json")
    (entry,) = lines(command("memory", "correct", "-", "furious", *how, given=told))
    assert (entry["after"], entry["note"]) == ("angry", "Sarcasm.")
    assert entry["before"] == json.loads(told)["label"]
    name = entry["case"]["id"]
    assert name in recalled_ids(verdict(command, "--text", "It is fine, just fine."))
    assert name not in recalled_ids(verdict(command, sarcasm))

    # The vectors are known by now: the clip need not be given again.
    command("memory", "correct", "-", "sad", "--annotator", "ben", given=told)
    command("memory", "undo", "-", "--note", "No.", given=told)
    history = lines(command("memory", "history", sarcasm, "--json"))
    assert [(one["kind"], one["after"]) for one in history] == [
        ("corrected", "angry"),
        ("corrected", "sad"),
        ("undone", "angry"),
    ]
    (left,) = lines(command("memory", "search", "--json"))
    assert left["id"] == name
    command("memory", "undo", sarcasm)
    assert lines(command("memory", "search", "--json")) == []
    with pytest.raises(SettingError, match="no correction"):
        command("memory", "undo", sarcasm)


def test_a_clip_is_corrected_by_its_path(command, sarcasm):
    (entry,) = lines(command("memory", "correct", sarcasm, "angry", "--json"))
    assert entry["case"]["label"] == "angry"
    assert "Sarcasm" not in entry["case"]["summary"]


def test_words_alone_are_corrected_without_a_file_and_seen_when_recalled(command):
    words, alike = ("--text", "Fine. Just fine."), ("--text", "It is fine, just fine.")
    told = verdict(command, *words)
    how = ("angry", "--annotator", "ann", *words, "--json")
    (entry,) = lines(command("memory", "correct", "-", *how, given=told))
    assert entry["case"]["id"] in recalled_ids(verdict(command, *alike))
    shown = command("analyze", *alike, "--verbose").stdout
    assert re.search(r"^C\d +angry +\d\.\d\d +ann", shown, re.MULTILINE)


def test_the_vectors_of_a_kept_run_will_do(command, sarcasm, tmp_path):
    runs = tmp_path / "runs"
    told = verdict(command, sarcasm, "--runs", runs, "--thread", "one")
    how = ("memory", "correct", "-", "angry", "--json")
    (entry,) = lines(command(*how, "--runs", runs, given=told))
    assert entry["case"]["label"] == "angry"


def test_a_correction_without_vectors_is_refused(command, sarcasm, cases, tmp_path):
    told = verdict(command, sarcasm)
    with pytest.raises(ClipError, match="holds no vectors"):
        command("memory", "correct", "-", "angry", given=told)
    other = tmp_path / "other.txt"
    other.write_text("Another.")
    with pytest.raises(ClipError, match="is not the clip of this verdict"):
        command("memory", "correct", "-", "angry", "--clip", other, given=told)
    assert Memory(cases).history() == Memory(cases).search() == []


@pytest.mark.parametrize("given", ["", "{}", "[1]", '{"label": 3}', "\x00", "{}\n{}"])
def test_what_is_no_verdict_is_refused_in_a_line(command, given):
    with pytest.raises(SettingError, match="standard input: not one verdict") as error:
        command("memory", "correct", "-", "sad", given=given)
    assert "\n" not in str(error.value)


def test_an_unknown_label_is_refused_before_anything_runs(command, cases):
    for line in (("correct", "none.mp4", "hungry"), ("add", "a.mp4", "--label", "x")):
        with pytest.raises(SettingError, match="is none of neutral"):
            command("memory", *line)
    assert not cases.exists()


def test_an_agent_corrects_what_it_has_just_said(tmp_path):
    agent = EmotionAgent(llm=None, memory=Memory(tmp_path, seed=False))
    said = agent.analyze(text="Fine. Just fine.")
    entry = agent.correct(said, "angry", "Sarcasm.", "ann")
    assert (entry.before, entry.after, entry.annotator) == (said.label, "angry", "ann")
    (like,) = agent.analyze(text="It is fine, just fine.").cases
    assert like.case == entry.case
    assert agent.analyze(text="Fine. Just fine.").cases == ()
    assert agent.undo(said).case is None


def test_near_copies_follow_a_correction_at_once_and_far_lines_do_not():
    far = ["That's great news!", "I hate you.", "The train leaves at six."]
    agent = EmotionAgent(llm=None, memory=Memory(seed=False))
    before = [agent.analyze(text=line) for line in far]
    said = agent.analyze(text="Fine. Just fine.")
    assert said.label != "angry"
    agent.correct(said, "angry")
    moved = agent.analyze(text="It is fine, just fine.")
    assert (moved.label, moved.rests_on) == ("angry", ("C1",))
    assert sum(each.log_odds for each in moved.influence) == pytest.approx(
        next(c.log_odds for c in moved.contributions if c.expert == "memory")
    )
    assert moved.fast["angry"] < 0.5
    for old, line in zip(before, far, strict=True):
        new = agent.analyze(text=line)
        assert (new.label, new.distribution) == (old.label, old.distribution)
        assert (new.confidence, new.prediction_set) == (
            old.confidence,
            old.prediction_set,
        )
        assert new.rests_on == new.influence == ()
    agent.undo(said)
    assert agent.analyze(text="It is fine, just fine.").label != "angry"


def test_the_memory_says_whether_it_helps(command):
    add_case(command, "--text", SAD, "--label", "sad")
    (stats,) = lines(command("memory", "stats", "--json"))
    assert (stats["trust"]["value"], stats["trust"]["judged"]) == (0, 1)
    shown = command("memory", "stats").stdout
    assert "1 case of yours: not yet trusted" in shown
    told = json.loads(verdict(command, "--text", GLAD))
    (own,) = [c for c in told["contributions"] if c["expert"] == "memory"]
    assert own["trust"]["measured_on"] == "1 case of yours: not yet trusted"
    assert (own["log_odds"], own["trust"]["value"]) == (0, 0)


def test_cases_are_searched_by_text_filter_and_clip(command):
    add_case(command, "--text", SAD, "--label", "sad", "--annotator", "ann")
    add_case(command, "--text", GLAD, "--label", "happy", "--source", "mine")
    first, _ = lines(command("memory", "search", "words of joy", "--json"))
    assert first["label"] == "happy"
    (one,) = lines(command("memory", "search", "--annotator", "ann", "--json"))
    assert one["label"] == "sad"
    assert lines(command("memory", "search", "--until", "2020-01-01", "--json")) == []
    assert "sad" in command("memory", "search").stdout


def test_cases_like_a_clip_are_found_the_clip_itself_is_not(command, tmp_path):
    path = tmp_path / "words.txt"
    path.write_text(SAD)
    own = add_case(command, path, "--label", "sad")["case"]["id"]
    other = add_case(command, "--text", "I cried, I miss her.", "--label", "sad")
    found = lines(command("memory", "search", "--clip", path, "--limit", 3, "--json"))
    names = [one["case"]["id"] for one in found]
    assert len(names) == 3 and own not in names and other["case"]["id"] in names
    shares = [one["similarity"] for one in found]
    assert shares == sorted(shares, reverse=True)


def test_forgetting_asks_counts_and_forgets(command, tmp_path):
    path = tmp_path / "words.txt"
    path.write_text(SAD)
    add_case(command, path, "--label", "sad", "--annotator", "ann")
    command("memory", "correct", path, "angry")
    add_case(command, "--text", GLAD, "--label", "happy", "--annotator", "ann")
    assert command("memory", "forget", "--annotator", "ann", given="n\n").exit_code
    assert len(lines(command("memory", "search", "--json"))) == 3
    done = command("memory", "forget", "--clip", path, "--yes")
    assert done.stdout.splitlines() == ["2 cases, 1 corrections", "2 cases forgotten"]
    done = command("memory", "forget", "--annotator", "ann", "--yes")
    assert done.stdout.splitlines() == ["1 cases", "1 cases forgotten"]
    stats = lines(command("memory", "stats", "--json"))[0]
    assert (stats["cases"], stats["corrections"]) == (0, 0)
    assert {space["vectors"] for space in stats["spaces"]} == {0}
    with pytest.raises(SettingError, match="nothing to forget"):
        command("memory", "forget", "--yes")


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_cases_are_carried_to_another_memory(command, cases, tmp_path, suffix):
    add_case(command, "--text", SAD, "--label", "sad", "--labels", "grief, loss")
    file, there = tmp_path / f"cases{suffix}", tmp_path / "there"
    assert command("memory", "export", file).exit_code == 0
    done = command("memory", "import", file, "--memory", there)
    assert "1 new cases" in done.stdout
    one, other = Memory(cases), Memory(there)
    assert one.search() == other.search()
    assert one.stats().spaces == other.stats().spaces


def test_a_damaged_memory_is_named_and_repaired_by_the_command_it_names(command, cases):
    for text in (SAD, GLAD):
        add_case(command, "--text", text, "--label", "sad")
    assert command("memory", "verify").stdout == "sound\n"
    path = cases / "cases.sqlite"
    for log in cases.glob("cases.sqlite-*"):
        log.unlink()
    path.write_bytes(b"no database at all " * 99)
    with pytest.raises(AffectgraphError) as refused:
        command("analyze", "--text", SAD, "--no-llm")
    assert str(path) in str(refused.value)
    assert f"affectgraph memory repair --memory {cases}" in str(refused.value)
    assert command("memory", "verify").exit_code == 1
    done = command("memory", "repair", "--memory", cases)
    assert done.exit_code == 0 and "damaged-1-cases.sqlite" in done.stdout
    assert command("memory", "verify").stdout == "sound\n"
    assert command("analyze", "--text", SAD, "--no-llm").exit_code == 0


def test_a_damaged_index_is_told_and_repaired(command, cases):
    add_case(command, "--text", SAD, "--label", "sad")
    verdict(command, "--text", GLAD)
    index, *_ = cases.glob("index-*.faiss")
    index.write_bytes(b"not an index")
    done = command("memory", "verify")
    assert done.exit_code == 1 and str(index) in done.stdout
    assert f"affectgraph memory repair --memory {cases}" in done.stdout
    assert index.name in command("memory", "repair").stdout
    assert command("memory", "verify").stdout == "sound\n"


@pytest.mark.parametrize("what", ["analyze", "evaluate", "memory stats"])
def test_a_folder_without_a_memory_is_not_begun_by_reading(
    command, cases, tmp_path, what
):
    manifest = tmp_path / "clips.csv"
    manifest.write_text("text,label\nHello,happy\n")
    arguments = {
        "analyze": ["--text", "a", "--no-llm"],
        "evaluate": [manifest, "--no-llm"],
    }.get(what, [])
    try:
        told = command(*what.split(), *arguments).stderr
    except SettingError as error:
        told = str(error)
    assert f"no case memory in {cases}" in told
    assert not cases.exists()


def test_a_memory_has_to_be_named(command, monkeypatch):
    monkeypatch.delenv("AFFECTGRAPH_MEMORY")
    with pytest.raises(SettingError, match="--memory PLACE"):
        command("memory", "add", "--text", "a", "--label", "sad")
