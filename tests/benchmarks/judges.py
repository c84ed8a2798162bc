"""What scripted language models come to: `python tests/benchmarks/judges.py`.

An oracle, one that is right two times in three, a random one, a liar, one that always
names the neighbour of the truth and one that always says the same are calibrated on 50
labelled takes
of made-up senses, through the chat model's door, and judged on 200 others: weight,
accuracy, log loss and calibration error (of the confidence), beside no model.
"""

import json
import re
from collections.abc import Callable
from math import log
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from affectgraph.agents import EmotionAgent, Evidence, Provenance, perception_tool
from affectgraph.agents.evaluation import ManifestRow
from affectgraph.agents.evaluation.metrics import ece
from affectgraph.tools.emotions import BASIC_EMOTIONS, distribution, top_emotion

CALIBRATED, OTHERS = 50, 200
TAKE = re.compile(r"take (\d+)")


def truth(take: int) -> str:
    return BASIC_EMOTIONS[take % 7]


def drawn(take: int, seed: int) -> np.random.Generator:
    return np.random.default_rng([take, seed])


def wrong(take: int) -> str:
    others = [emotion for emotion in BASIC_EMOTIONS if emotion != truth(take)]
    return str(drawn(take, 5).choice(others))


JUDGES: dict[str, Callable[[int], str]] = {
    "oracle": truth,
    "right 2 in 3": lambda t: truth(t) if drawn(t, 3).random() < 0.65 else wrong(t),
    "random": lambda t: str(drawn(t, 4).choice(BASIC_EMOTIONS)),
    "liar": wrong,
    "anti-oracle": lambda t: BASIC_EMOTIONS[(t + 1) % 7],
    "always happy": lambda t: "happy",
}


class ScriptedJudge(BaseChatModel):
    """A chat model that prefers what a judge says of the take that it is shown."""

    judge: str

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"judge": self.judge}

    def _generate(self, messages: Any, *args: Any, **options: Any) -> ChatResult:
        text = "Nothing in particular."
        if "response_format" in options:
            found = TAKE.search(str(messages[0].content))
            label = JUDGES[self.judge](int(found[1]) if found else 0)
            fields = options["response_format"]["json_schema"]["schema"]["properties"]
            text = json.dumps({n: answer(f, label) for n, f in fields.items()})
        return ChatResult(generations=[ChatGeneration(message=AIMessage(text))])


def answer(field: dict[str, Any], label: str) -> Any:
    if "enum" in field:
        return label if label in field["enum"] else field["enum"][0]
    return ["word"] if field.get("type") == "array" else "A sentence of words."


def sense(modality: str, number: int) -> Any:
    def look(clip: Any, span: Any) -> list[Evidence]:
        take = int(TAKE.search(clip.text)[1])
        rng = drawn(take, number)
        shares = dict(zip(BASIC_EMOTIONS, rng.dirichlet(np.full(7, 0.7)), strict=True))
        known = rng.random() < 0.55
        shares[truth(take) if known else str(rng.choice(BASIC_EMOTIONS))] += 0.6
        observation = f'The words "take {take}" are said.'
        return [
            Evidence(span=span, observation=observation, quality=0.8,
                     distribution=distribution(shares),
                     provenance=Provenance(model="made up"))
        ]  # fmt: skip

    look.__name__ = modality
    return perception_tool(modality=modality, prefix=modality[0].upper())(look)


def report(name: str, agent: EmotionAgent, weight: float) -> None:
    takes = range(1000, 1000 + OTHERS)
    verdicts = [(truth(n), agent.analyze(text=f"take {n}")) for n in takes]
    right = np.array([top_emotion(v.distribution) == label for label, v in verdicts])
    loss = np.mean([-log(max(v.distribution[e], 1e-6)) for e, v in verdicts])
    error = ece(np.array([verdict.confidence for _, verdict in verdicts]), right)
    held = np.mean([label in verdict.prediction_set for label, verdict in verdicts])
    print(
        f"{name}: weight {weight:.2f}, accuracy {right.mean():.3f}, log loss "
        f"{loss:.3f}, calibration error {error:.3f}, sets hold {held:.3f}",
        flush=True,
    )


def main() -> None:
    senses = (sense("face", 0), sense("prosody", 1))
    rows = [
        ManifestRow(
            number=n, path=None, text=f"take {n}", label=truth(n), language="en"
        )
        for n in range(CALIBRATED)
    ]
    report("no model", EmotionAgent(llm=None, tools=senses), 0.0)
    for name in JUDGES:
        agent = EmotionAgent(llm=ScriptedJudge(judge=name), tools=senses)
        with TemporaryDirectory() as folder:
            measured = agent.calibrate(rows, f"{folder}/judge.json")
        report(f"{name}, gain {measured.gain}", agent, measured.trust.value)


if __name__ == "__main__":
    main()
