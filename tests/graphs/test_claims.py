"""The claim checker lets true sentences stand and false ones fall."""

from collections.abc import Callable

import pytest

from affectgraph.graphs.claims.checker import claim_problem
from affectgraph.graphs.claims.facts import Facts
from affectgraph.graphs.schema import Claim
from affectgraph.memory import Case, Recalled
from affectgraph.tools.emotions import BASIC_EMOTIONS
from affectgraph.tools.evidence import Evidence, Measurement

CASE = Recalled(
    case=Case(sha256="0" * 64, label="sad"),
    similarity=0.83,
    modalities=("prosody",),
    kind="supporting",
)

# What each sense adds: the face speaks for happy, the others for sad.
TERMS = {
    name: {emotion: shares.get(emotion, -1.0) for emotion in BASIC_EMOTIONS}
    for name, shares in {
        "face": {"happy": 1.0},
        "prosody": {"sad": 0.8},
        "transcript": {"sad": 1.9},
    }.items()
}


@pytest.fixture
def measured_evidence(evidence: list[Evidence]) -> list[Evidence]:
    """More to cite: what was measured but not told, and votes that are equal."""
    known = {piece.id: piece for piece in evidence}

    def copy_of(name: str, new: str, observation: str, **fields: object) -> Evidence:
        update = {"id": new, "observation": observation, **fields}
        return known[name].model_copy(update=update)

    voice = {
        "rate": Measurement(value=2.148, unit="syllables/s", low=3, high=6),
        "effort": Measurement(value=-14.5, unit="dB", low=-12, high=-3),
        "pitch_range": Measurement(value=12.5, unit="semitones", low=4, high=9),
        "loudness_range": Measurement(value=8.2, unit="dB"),
        "longest pause": Measurement(value=0.7, unit="s"),
    }
    smile = {"happy expression": Measurement(value=0.9, low=0.05, high=0.4),
             "peak": Measurement(value=1.4, unit="s")}  # fmt: skip
    known["F2"] = known["F2"].model_copy(update={"measurements": smile})
    face = {"happy expression": Measurement(value=0.02, low=0.05, high=0.4)}
    return [
        *known.values(),
        copy_of("P2", "P3", "Speech is slow and soft.", measurements=voice),
        copy_of("P2", "P4", "No tremor is heard in the voice.", measurements={}),
        copy_of("P1", "P5", "The voice sounds sad (0.60)."),
        copy_of("F2", "F3", "The happy expression is low.", measurements=face),
        copy_of("P1", "T2", "The words read as sad (0.60).", modality="transcript"),
    ]


@pytest.fixture
def objection(measured_evidence: list[Evidence]) -> Callable[..., str]:
    """The checker's objection to a claim that argues for `sad`."""
    known = {piece.id: piece for piece in measured_evidence}

    def check(text: str, *cites: str, supports: bool = True) -> str:
        claim = Claim(text=text, cites=cites, supports=supports)
        return claim_problem(
            claim,
            Facts(
                evidence=known,
                cases={"C1": CASE},
                terms=TERMS,
                leading="sad",
                runner_up="happy",
            ),
        )

    return check


@pytest.mark.parametrize(
    ("text", "cites", "supports"),
    [
        ("Pitch is low at 98 Hz, under the typical 110 Hz.", ("P2",), True),
        ("The voice sounds sad.", ("P1",), True),
        ("The face looks happy, which contradicts this.", ("F1",), False),
        ("Smiles from 0.8 s to 2.1 s.", ("F2",), False),
        ('The words "I cannot stop crying" read as sad.', ("T1",), True),
        ("Sadness is 0.95 in the words.", ("T1",), True),
        ("A similar case is labelled sad, with similarity 0.83.", ("C1",), True),
        ("The pitch lies beneath what is usual.", ("P2",), True),
        ("Of all emotions the wording fits sadness best.", ("T1",), True),
        ("The words show more sadness than the voice.", ("T1", "P1"), True),
        ("Compared with the words, the voice is less sad.", ("P1", "T1"), True),
        ("Happiness outweighs sadness in the face.", ("F1",), False),
        ("Smiles from 0.8 s to 2.1 s, strongest at 1.4 s.", ("F2",), False),
        ("The speaker's pitch has dropped beneath its typical range.", ("P2",), True),
        ("Far from being high, pitch lies outside the usual range.", ("P2",), True),
        ("The speaker's pitch averages 98 Hz.", ("P2",), True),
        ("The voice sounds sad (0.60), not happy.", ("P1",), True),
        ("Pitch is not high but low.", ("P2",), True),
        ("Sadness trails happiness in the speaker's face.", ("F1",), False),
        ("Between happy and sad, the face tends to happy.", ("F1",), False),
        ("The voice falls behind the words in sadness.", ("T1", "P1"), True),
        ("The face is happy, which does not fit sadness.", ("F1",), False),
        ("The words suggest sadness and speak against happiness.", ("T1",), True),
        ("The speech rate is low at 2.1 syllables/s.", ("P3",), True),
        ("The tempo is slow, below 3 syllables/s.", ("P3",), True),
        ("The voice is soft.", ("P3",), True),
        ("The effort of the voice is low at -14.5 dB.", ("P3",), True),
        ("The pitch range of 13 semitones is over the typical 9.", ("P3",), True),
        ("The pitch range lies outside what is typical.", ("P3",), True),
        ("Pitch is low at 98 Hz, the rate 2.1 syllables/s.", ("P2", "P3"), True),
        ("Pitch is low at 98 Hz, the voice sad (0.60).", ("P2", "P1"), True),
        ("The voice is sad at 60 percent.", ("P1",), True),
        ("In speech, the pitch of the voice sags to 98 Hz.", ("P2",), True),
        ("No tremor is heard in the voice.", ("P4",), True),
        (
            'The words are "I cannot stop crying". They read as sad (0.95).',
            ("T1",),
            True,
        ),
        ("The happy expression is low at 0.02.", ("F3",), True),
        ("The smile speaks against sadness.", ("F2",), False),
        ("The face looks no more sad than happy.", ("F1",), False),
        ("The face does not look more sad than happy.", ("F1",), False),
        ("Both the voice and the words show sadness.", ("P1", "T1"), True),
        ("The words show more sadness than the voice.", ("T1", "P1", "P5"), True),
    ],
)
def test_what_the_evidence_says_may_be_said(
    objection: Callable[..., str], text: str, cites: tuple[str, ...], supports: bool
) -> None:
    assert objection(text, *cites, supports=supports) == ""


@pytest.mark.parametrize(
    ("text", "cites", "supports", "because"),
    [
        ("The voice sounds sad.", (), True, "cites nothing"),
        ("The voice sounds sad.", ("P9",), True, "no evidence P9"),
        ("Pitch is high at 98 Hz.", ("P2",), True, "pitch is low"),
        ("Pitch is low at 88 Hz.", ("P2",), True, "number 88"),
        ("The voice sounds sad.", ("T1",), True, "cites no prosody"),
        ("The face looks happy.", ("F1",), True, "speaks against sad"),
        ("The voice sounds sad.", ("P1",), False, "speaks for sad"),
        (
            "The voice sounds most sad, which may speak against sadness.",
            ("P1",),
            True,
            "speaks for sad, not against",
        ),
        (
            "The voice sounds sad, which contradicts the verdict.",
            ("P1",),
            True,
            "speaks for sad, not against",
        ),
        (
            "The face looks happy, pointing to sadness.",
            ("F1",),
            False,
            "does not show sad",
        ),
        (
            "The words are sad, which does not rule out happiness.",
            ("T1",),
            True,
            "speaks against happy, not for",
        ),
        ("The voice sounds angry.", ("P1",), True, "does not show angry"),
        ("She feels deeply sad.", ("T1",), True, "inner feeling"),
        (
            "The voice is sad. The face is not.",
            ("P1", "F1"),
            True,
            "one short sentence",
        ),
        (
            "Pitch of 98 Hz is higher than the typical 110 Hz.",
            ("P2",),
            True,
            "comparison",
        ),
        ("The words score 0.95, lower than 0.01.", ("T1",), True, "comparison"),
        ('The words "I love pizza" read as sad.', ("T1",), True, "nothing cited says"),
        ("The smile peaks at 1.4 s before 0.8 s.", ("F2",), False, "comparison"),
        ("The shoulders shake and fists clench tight.", ("P1",), True, "nothing of"),
        ("A similar case is labelled happy.", ("C1",), True, "labelled sad"),
        ("A similar case has similarity 0.99.", ("C1",), True, "not a similarity"),
        ("A similar case has similarity 0.8.", ("C1",), True, "not a similarity"),
        ("A similar case has similarity 1.", ("C1",), True, "not a similarity"),
        ("The voice is the loudest part.", ("P1",), True, "loudest"),
        ("The pitch is elevated.", ("P2",), True, "pitch is low"),
        (
            "The voice shows more sadness than the words.",
            ("T1", "P1"),
            True,
            "compares",
        ),
        (
            "Compared with the voice, the words are less sad.",
            ("T1", "P1"),
            True,
            "comp",
        ),
        ("The face is closer to sad than to happy.", ("F1",), False, "compare"),
        ("The face mainly looks sad.", ("F1",), False, "most sad"),
        ("The face looks neutral.", ("F1",), False, "does not show neutral"),
        ("Smiles from 0.8 s to 98 s.", ("F2",), False, "number 98"),
        ("The lips tremble.", ("F1",), False, "nothing of"),
        ("In the heart there is sadness.", ("T1",), True, "inner feeling"),
        ("The speaker is very sad.", ("T1",), True, "inner feeling"),
        ("The person is emotionally sad.", ("T1",), True, "inner feeling"),
        ("Pitch is not low but high.", ("P2",), True, "pitch is low"),
        ("The speaker's pitch climbs past its usual range.", ("P2",), True, "is low"),
        ("Happiness trails sadness in the face.", ("F1",), False, "compare otherwise"),
        ("The face supports sadness over happiness.", ("F1",), False, "compare"),
        ("Between happy and sad, the face tends to sad.", ("F1",), False, "compare"),
        ("The words fall behind the voice in sadness.", ("T1", "P1"), True, "compares"),
        ("The words lag behind, interrupted by sobbing.", ("T1",), True, "nothing of"),
        ("The eyes look away.", ("F2",), False, "nothing of"),
        ("The person likely expresses.", ("T1",), True, "says nothing of the"),
        ("The voice sounds most sad, as it", ("P1",), True, "one short sentence"),
        ("The voice sounds sad (0.", ("P1",), True, "one short sentence"),
        ("The words read as sad (0.01).", ("T1",), True, "not the share of sad"),
        ("The speaker does not have a face.", ("T1",), True, "cites no face"),
        ("The voice has no pitch, and sounds sad.", ("P1",), True, "does not deny"),
        ("The tempo is high.", ("P3",), True, "rate is low"),
        ("The rate is 12.5 syllables/s.", ("P3",), True, "number 12.5"),
        ("The rate is low at 2.3 syllables/s.", ("P3",), True, "number 2.3"),
        ("The range is narrow at 12.5 semitones.", ("P3",), True, "is high, not low"),
        ("The longest pause lasts 8.2 s.", ("P3",), True, "number 8.2"),
        ("The pitch stays low for 98 s.", ("P2",), True, "number 98"),
        ("Pitch is low at 99 Hz.", ("P2",), True, "number 99"),
        ("Pitch is low at 98.4 Hz.", ("P2",), True, "number 98.4"),
        ("Pitch of 98 Hz is higher than 98 Hz.", ("P2",), True, "comparison"),
        ("The pitch is typical.", ("P2",), True, "low, not typical"),
        ("The pitch goes past its usual range.", ("P2",), True, "low, not high"),
        ("The pitch is lowest.", ("P2",), True, "no evidence cited says"),
        ("The face shows neutrality.", ("F1",), False, "does not show neutral"),
        ("A sob is heard in the voice.", ("P1",), True, "nothing of 'sob'"),
        ("No rasp is heard in the voice.", ("P4",), True, "does not deny"),
        ('"I cannot stop crying."', ("T1",), True, "one short sentence"),
        ("Sad" + " and sad" * 40 + " words.", ("T1",), True, "one short sentence"),
        ("The face shows more fear than anger.", ("F1",), False, "compare otherwise"),
        ("The face is no more happy than sad.", ("F1",), False, "compare otherwise"),
        (
            "The voice shows more sadness than the words.",
            ("P1", "T2"),
            True,
            "sad in prosody and transcript compares otherwise",
        ),
        (
            "The smile outweighs the voice.",
            ("F2", "P1"),
            True,
            "an expression is no expert",
        ),
    ],
)
def test_what_it_does_not_say_may_not(
    objection: Callable[..., str],
    text: str,
    cites: tuple[str, ...],
    supports: bool,
    because: str,
) -> None:
    assert objection(text, *cites, supports=supports)
