"""Clips that are nearly the same as one that was corrected."""

import numpy as np
import pytest

from affectgraph.memory import Memory, Space
from affectgraph.memory.similarity import WORDING, wording
from affectgraph.tools.emotions import distribution
from affectgraph.tools.evidence import Evidence, Provenance, Span

WORDS = Space(modality="transcript", model="d" * 64)


def words(text):
    """The vector of a line's words."""
    return wording(
        [
            Evidence(
                id="T1",
                modality="transcript",
                tool="transcript",
                span=Span(start=0.0, end=1.0),
                observation=f'The words "{text}" read most as happy (0.90).',
                distribution=distribution({}),
                quality=1.0,
                provenance=Provenance(model="a model", sha256="d" * 64),
            )
        ]
    )


@pytest.fixture
def is_followed(case):
    """Whether a clip is a near copy of one that was corrected."""

    def ask(corrected, clip):
        memory = Memory(seed=False)
        memory.correct(case(1, "angry"), corrected, before="happy")
        (recalled,) = memory.recall(clip, leading="happy", rivals=["angry"])
        memory.close()
        return recalled.near_copy

    return ask


def test_a_single_sense_is_enough(is_followed, face, voice, towards):
    assert is_followed({voice: towards(0)}, {voice: towards(15)})
    assert is_followed({face: towards(0)}, {face: towards(5)})
    assert not is_followed({voice: towards(0)}, {voice: towards(30)})
    assert not is_followed({face: towards(0)}, {face: towards(15)})


def test_the_same_clip_encoded_again_follows_too(is_followed, face, voice, towards):
    copy = {face: towards(0), voice: towards(0)}
    assert is_followed(copy, copy)


def test_every_sense_has_to_perceive_nearly_the_same(is_followed, face, voice, towards):
    both = {face: towards(0), voice: towards(0)}
    assert not is_followed(both, {face: towards(0), voice: towards(60)})
    assert not is_followed(both, {face: towards(0)})
    assert not is_followed({face: towards(0)}, both)


def test_lines_need_the_same_words(is_followed, towards):
    said = {WORDS: towards(0), **words("Oh, just great.")}
    assert is_followed(said, {WORDS: towards(10), **words("Oh, that is just great.")})
    assert not is_followed(said, {WORDS: towards(5), **words("That's great news!")})
    assert not is_followed(said, {WORDS: towards(70), **words("Oh, just great.")})
    assert not is_followed(said, {WORDS: towards(5)})


def test_words_alone_recall_nothing(memory, case):
    memory.correct(case(1, "angry"), words("Oh, just great."), before="happy")
    assert memory.recall(words("Oh, just great."), leading="angry") == []


def test_a_line_is_one_number_a_word():
    (vector,) = words("Oh, just great.").values()
    assert vector.shape == (256,)
    assert np.count_nonzero(vector) == 3
    assert words("...") == {}
    assert WORDING not in words("")
