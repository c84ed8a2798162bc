"""Answers that do not depend on the clip: small talk, how it works, refusals."""

from affectgraph.agents.chat.messages import ChatAnswer

_ASK = (
    "You can ask why it is or is not an emotion, what the face, the voice or the words "
    "show, also at some second, or what the answer would be without one of them.",
    "Say what the right emotion is to correct it. /help lists all commands.",
)
_EXPRESSED = "Only what a person expresses can be estimated"

FIXED_ANSWERS = {
    "greeting": ("Hello.", *_ASK),
    "help": _ASK,
    "thanks": ("You are welcome.",),
    "goodbye": ("Goodbye: Ctrl-D or /quit leaves the chat.",),
    "how_it_works": (
        "Each sense (face, voice, words) reads the clip by itself and gives every "
        "emotion a probability.",
        "A sense adds its probabilities, as log-odds, times a trust that was measured "
        "on other clips; the emotion with the largest sum leads.",
        "Confidence is how often such answers were right; if it is too low there is no "
        "label.",
        "No language model takes part unless you name one.",
    ),
    "export": (
        "/save chat.md writes this conversation, /save verdict.json the verdict with "
        "all its evidence.",
        "affectgraph analyze CLIP --out DIR writes a report, --out talk.csv a table.",
    ),
    "refuse_lying": (
        "That cannot be told: no expression shows whether somebody lies, and this "
        "program does not guess it.",
        "Ask whether face, voice and words agree.",
    ),
    "refuse_real_feelings": (
        f"{_EXPRESSED}, not what the person feels, thinks or wants: people act, mask "
        "and differ.",
        "Ask what the face, the voice or the words express.",
    ),
    "refuse_health": (
        f"{_EXPRESSED}; a clip says nothing reliable about health, and this program "
        "gives no diagnosis.",
    ),
    "refuse_character": (
        f"{_EXPRESSED} in this clip; it says nothing about character or abilities.",
    ),
    "refuse_identity": (
        "People are never identified, and their age, sex or origin are not estimated; "
        "those who speak are called A, B and so on.",
    ),
    "refuse_forbidden_use": (
        "Emotions of people at work or in education are not estimated here: the EU AI "
        "Act (Art. 5(1)(f)) forbids it.",
    ),
}


def fixed_answer(intent: str) -> ChatAnswer:
    """The answer to a question that is not about the clip."""
    return ChatAnswer.of_text(*FIXED_ANSWERS[intent])
