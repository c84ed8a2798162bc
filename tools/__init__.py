"""Perception: clips, senses, evidence, and the vocabulary of emotion.

A sense looks at a clip, or at a span of it, and says what it found:

    >>> from affectgraph.tools.clip import Clip
    >>> from affectgraph.tools.transcript import transcript
    >>> clip = Clip.open(text="I hate this!")
    >>> first, *_ = transcript.perceive(clip, clip.span)
    >>> print(first.id, first.observation)
    T1 The words "I hate this!" read most as angry (0.86), then disgust (0.05).
"""

import os

# These report their use to their makers, unless they are told before they load.
for _setting in ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ.setdefault(_setting, "1")
