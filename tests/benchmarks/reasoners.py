"""What each language model adds and costs: `python tests/benchmarks/reasoners.py`.

    python tests/benchmarks/reasoners.py CLIP... --llm embedded --llm NAME

On the demo's clip and on the clips named: CPU seconds a verdict beyond those without a
language model, calls and tokens, how many verdicts it explained, and how many of the
claims it drafted the checker let stand, rewritten ones included.
"""

import argparse
import time
from pathlib import Path

from affectgraph.agents import EmotionAgent, Verdict
from affectgraph.agents.demo import demo_clip


def timed(agent: EmotionAgent, clip: Path | None) -> tuple[float, Verdict]:
    started = time.process_time()
    verdict = agent.analyze(clip or demo_clip())
    return time.process_time() - started, verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--llm", action="append")
    chosen = parser.parse_args()
    clips = [None, *chosen.clips]
    without = EmotionAgent(llm=None)
    timed(without, None)
    fast = [timed(without, clip)[0] for clip in clips]
    for name in chosen.llm or ["embedded"]:
        agent = EmotionAgent(llm=name, progress=True)
        timed(agent, None)
        slow = [timed(agent, clip) for clip in clips]
        n = len(slow)
        cost = sum(s - f for (s, _), f in zip(slow, fast, strict=True)) / n
        verdicts = [verdict for _, verdict in slow]
        explained = [v for v in verdicts if v.explanation_source == "llm"]
        kept = sum(len(verdict.claims) for verdict in explained)
        dropped = sum("claim was dropped" in m for v in verdicts for m in notes(v))
        worded = sum(len(verdict.labels) > 1 for verdict in verdicts)
        calls = sum(v.provenance.spent.calls for v in verdicts) / n
        tokens = sum(v.provenance.spent.completion_tokens for v in verdicts) / n
        print(
            f"{name}: {cost:.1f} CPU s a clip more, {calls:.1f} calls, {tokens:.0f} "
            f"tokens written; {len(explained)} of {n} explained, {kept} claims kept, "
            f"{dropped} dropped; a fitting word for {worded} of {n}"
        )


def notes(verdict: Verdict) -> tuple[str, ...]:
    return verdict.provenance.notes


if __name__ == "__main__":
    main()
