"""What each utterance of a conversation expresses, beside the same recordings alone.

Conversations are composed as in `diarisation.py`; only voices are heard. The weights
are the permissive ones, which learned from EmoDB, so that the people are strangers.
Turns of two recordings are left out: their emotions differ.

    python tests/benchmarks/utterances.py DATA [CONVERSATIONS]
"""

import sys
from collections import defaultdict
from importlib import util
from pathlib import Path

import numpy as np

from affectgraph.agents import EmotionAgent
from affectgraph.agents.training.prosody.data import parse_name
from affectgraph.tools.clip import SAMPLING_RATE
from affectgraph.tools.emotions import top_emotion
from affectgraph.tools.evidence import Span

_SPEC = util.spec_from_file_location(
    "diarisation", Path(__file__).with_name("diarisation.py")
)
diarisation = util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = diarisation
_SPEC.loader.exec_module(diarisation)


def single_recordings(talk: object) -> list[tuple[Path, float, float]]:
    """The recordings that are a whole turn."""
    turns = [who for *_, who in talk.recordings]
    return [
        (path, start, end)
        for n, (path, start, end, who) in enumerate(talk.recordings)
        if who not in (*turns[max(0, n - 1) : n], *turns[n + 1 : n + 2])
    ]


def measure(data: Path, conversations: int) -> None:
    agent = EmotionAgent(llm=None, tools=["prosody"], weights="permissive")
    for corpus in ("ravdess", "nemo"):
        right = defaultdict(list)
        for _, condition, talk in diarisation.conversations(
            data, corpus, conversations
        ):
            if condition == "overlap":
                continue
            verdict = agent.analyze(talk.sound, sampling_rate=SAMPLING_RATE)
            whole = top_emotion(verdict.distribution)
            for path, start, end in single_recordings(talk):
                gold = parse_name(corpus, path.stem)[0]
                if gold is None:
                    continue
                alone = agent.analyze(path).distribution
                span = Span(start=start, end=end)
                nearest = max(verdict.utterances, key=lambda u: u.span.overlap(span))
                right["alone"].append(top_emotion(alone) == gold)
                right["utterance"].append(top_emotion(nearest.distribution) == gold)
                right["whole clip"].append(whole == gold)
        figures = ", ".join(f"{name} {np.mean(v):.3f}" for name, v in right.items())
        print(f"{corpus}: {len(right['alone'])} recordings; {figures}", flush=True)


if __name__ == "__main__":
    measure(Path(sys.argv[1]), *[int(word) for word in sys.argv[2:] or ["1"]])
