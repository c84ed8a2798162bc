"""How many questions the chat understands, without a language model.

    python tests/benchmarks/chat_intents.py [QUESTIONS.tsv] [--wrong]

A question is right if its intent is, and the emotion, sense, person and time that its
row names are found. `why` and `why_not` have one answer, as have greeting and help.
Beside it: always the most common intent.
"""

import argparse
import csv
import time
from collections import Counter
from pathlib import Path
from typing import Any

from affectgraph.agents import EmotionAgent
from affectgraph.agents.chat.question_parser import ParsedQuestion, parse_question
from affectgraph.agents.demo import demo_clip

HERE = Path(__file__).parent
SAME = ({"why", "why_not"}, {"greeting", "help"})


def intent_is_right(found: ParsedQuestion | None, wanted: str) -> bool:
    intents = found.intents if found else ("not_understood",)
    return any({intent, wanted} in SAME or intent == wanted for intent in intents)


def details_are_right(found: ParsedQuestion | None, details: str) -> bool:
    for detail in filter(None, (details or "").split(";")):
        name, _, value = detail.partition("=")
        if found is None:
            return False
        have: dict[str, Any] = {
            "emotion": found.labels,
            "sense": (found.sense,),
            "person": (found.person,),
            "time": (f"{found.span.start:g}",) if found.span else (),
        }
        value = value.split("-")[0].replace("surprised", "surprise")
        if name in have and value not in have[name]:
            return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    default = HERE / "chat_questions.tsv"
    parser.add_argument("questions", nargs="?", type=Path, default=default)
    parser.add_argument("--wrong", action="store_true", help="list what is wrong")
    chosen = parser.parse_args()
    with chosen.questions.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    verdict = EmotionAgent().analyze(demo_clip())
    parse_question("why?", verdict)
    started = time.process_time()
    parsed = [parse_question(row["question"], verdict) for row in rows]
    seconds = (time.process_time() - started) / len(rows)
    right: Counter[str] = Counter()
    for row, found in zip(rows, parsed, strict=True):
        understood = intent_is_right(found, row["intent"])
        right["intent"] += understood
        whole = understood and details_are_right(found, row["details"])
        right["all"] += whole
        if chosen.wrong and not whole:
            print(f"{row['question']} | {row['intent']} {row['details']} -> {found!r}")
    most = Counter(row["intent"] for row in rows).most_common(1)[0][1]
    print(f"questions {len(rows)}, most common intent {most / len(rows):.3f}")
    print(f"intent right {right['intent'] / len(rows):.3f}")
    print(f"with what it is about {right['all'] / len(rows):.3f}")
    print(f"CPU s a question {seconds:.4f}")


if __name__ == "__main__":
    main()
