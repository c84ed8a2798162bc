"""A run that was killed is taken up again, and what was finished is not done twice."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import json, os, signal, sys, time
from pathlib import Path
from affectgraph.agents import EmotionAgent, Evidence, Provenance, perception_tool

folder, deadly = Path(sys.argv[1]), sys.argv[2] == "kill"
made_by = Provenance(model="test")

@perception_tool(modality="gesture", prefix="G")
def gesture(clip, span):
    with (folder / "calls").open("a") as calls:
        calls.write("gesture\\n")
    return [Evidence(span=span, observation="Hands rest.", quality=0.5,
                     provenance=made_by)]

@perception_tool(modality="gaze", prefix="Z")
def gaze(clip, span):
    if deadly:
        time.sleep(1.5)
        os.kill(os.getpid(), signal.SIGKILL)
    return [Evidence(span=span, observation="Looks away.", quality=0.5,
                     provenance=made_by)]

agent = EmotionAgent(llm=None, tools=[gesture, gaze, "transcript"], runs=folder)
verdict = agent.analyze(text="I am so happy that you came!", thread="a")
print(json.dumps([verdict.label, [piece.id for piece in verdict.evidence]]))
"""


def test_kill_9_loses_no_sense_that_had_finished(tmp_path: Path) -> None:
    line = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    killed = subprocess.run([*line, "kill"], capture_output=True, text=True)
    assert killed.returncode == -9 and killed.stdout == ""
    resumed = subprocess.run([*line, "live"], capture_output=True, text=True)
    label, ids = json.loads(resumed.stdout)
    assert label == "happy" and {"G1", "Z1", "T1"} <= set(ids)
    assert (tmp_path / "calls").read_text().splitlines() == ["gesture"]
