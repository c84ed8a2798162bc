"""A process that was forked after models were loaded: it answers, or says why not."""

import subprocess
import sys

import pytest

from affectgraph.tools import weights

pytestmark = pytest.mark.slow

FORKED = """
import os, signal, sys
from affectgraph.agents import EmotionAgent
from affectgraph.agents.demo import demo_clip

agent = EmotionAgent(llm=None, tools=["transcript"])
voice = demo_clip().audio()
here = agent.analyze(voice)
assert here.modalities["transcript"].state == "present", here.modalities
child = os.fork()
if child == 0:
    signal.alarm(150)
    there = agent.analyze(voice)
    same = there.distribution == here.distribution and there.evidence == here.evidence
    sys.exit(7 if same else 8)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
assert agent.analyze(voice).distribution == here.distribution
sys.exit(code)
"""

AT_WORK = """
import multiprocessing, sys, threading
from affectgraph.agents import EmotionAgent, perception_tool
from affectgraph.tools.errors import ForkedProcessError

free, inside = threading.Event(), threading.Event()

@perception_tool(modality="gaze", prefix="Z")
def gaze(clip, span):
    inside.set()
    free.wait()
    return []

agent = EmotionAgent(llm=None, tools=[gaze])
other = EmotionAgent(llm=None, tools=["transcript"])

def answer():
    try:
        other.analyze(text="Here I am.")
    except ForkedProcessError as error:
        sys.exit(7 if "spawn" in str(error) else 8)

thread = threading.Thread(target=agent.analyze, kwargs={"text": "Here I am."})
thread.start()
inside.wait()
child = multiprocessing.get_context("fork").Process(target=answer)
child.start()
child.join(150)
code = child.exitcode
child.kill()
free.set()
thread.join()
sys.exit(9 if code is None else code)
"""


def exit_code(program: str) -> tuple[int, str]:
    line = [sys.executable, "-c", program]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stderr


def test_speech_is_recognised_after_a_fork() -> None:
    """The child answers as its parent does, and ends with its own exit code."""
    weights.folder("whisper-tiny.en")
    assert exit_code(FORKED)[0] == 7


def test_a_fork_in_the_midst_of_an_analysis_is_refused_at_once() -> None:
    """What other threads had locked stays locked: it would hang now and then."""
    code, trouble = exit_code(AT_WORK)
    assert code == 7, trouble
