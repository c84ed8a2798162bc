"""How takes are composed, since no available corpus has all modalities together.

What is known of real takes is imitated: a fifth of the words carry no emotion, whatever
the label; a face may show another emotion than the label (a fifth of still faces, over
half of moving ones); and half of the takes lack a modality.
"""

MODALITIES = ("face", "prosody", "transcript")

NEUTRAL_WORDS_SHARE = 0.2
MOVING_FACES_SHARE = 0.7
MOVING_FACE_CONGRUENT = 0.45
STILL_FACE_CONGRUENT = 0.8
