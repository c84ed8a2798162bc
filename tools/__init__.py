"""Perception: clips, senses, evidence, and the vocabulary of emotion.

A sense perceives a clip, or a span of it, and returns evidence:

    >>> from affectgraph.tools.clip import Clip
    >>> from affectgraph.tools.transcript import transcript
    >>> clip = Clip.open(text="I hate this!")
    >>> first, *_ = transcript.perceive(clip, clip.span)
    >>> print(first.id, first.observation)
    T1 The words "I hate this!" read most as angry (0.76), then disgust (0.08).
"""

import os

# Turn off telemetry of libraries that read this setting when they are imported.
for _setting in ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ.setdefault(_setting, "1")
