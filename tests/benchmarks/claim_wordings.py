"""How true and false claims are worded; written before the checker was read.

Every second wording is held out: the checker may be mended with the others in view.
"""

SUBJECTS = {
    "pitch": ("the pitch", "the pitch of the voice"),
    "pitch_range": ("the pitch range", "the range that the pitch covers"),
    "effort": ("vocal effort", "the effort in the voice"),
    "jitter": ("the jitter", "jitter from cycle to cycle"),
    "shimmer": ("the shimmer", "shimmer in the voice"),
    "loudness_range": ("the loudness range", "the range of loudness"),
    "rate": ("the speaking rate", "the rate of speech"),
    "harmonicity": ("harmonicity", "the harmonicity of the voice"),
    "AU12 lip corner puller": ("the lip corner puller", "the pull of the lip corners"),
    "happy expression": ("the happy expression", "the share of happy expression"),
    "head turn": ("the head turn", "the turn of the head"),
    "sharpness": ("the sharpness", "the sharpness of the picture"),
}
SENSES = {
    "face": ("the face", "the facial expression"),
    "prosody": ("the voice", "the sound of the voice"),
    "transcript": ("the words", "the wording"),
}
NOUNS = {
    "neutral": "neutrality", "happy": "happiness", "sad": "sadness", "angry": "anger",
    "fear": "fear", "disgust": "disgust", "surprise": "surprise",
}  # fmt: skip

HIGH = (
    "{s} is high",
    "{s} is higher than usual",
    "{s} lies above the typical range",
    "{s} is raised compared with normal",
    "{s} exceeds what is typical",
    "{s} is greater than is normal",
    "{s} goes beyond the usual range",
    "at {v}, {s} is above the upper end of the range",
    "{s} is elevated",
    "{s} is larger than expected",
)
LOW = (
    "{s} is low",
    "{s} is lower than usual",
    "{s} lies below the typical range",
    "{s} is reduced compared with normal",
    "{s} falls short of what is typical",
    "{s} is smaller than is normal",
    "{s} stays under the usual range",
    "at {v}, {s} is below the lower end of the range",
    "{s} is diminished",
    "{s} is less than expected",
)
NUMBER = (
    "{s} is {v}",
    "{s} measures {v}",
    "a value of {v} was measured for {s}",
    "{s} comes to {v}",
    "{s} amounts to about {v}",
    "{v} is what {s} reaches",
)
MOST = (
    "{m} points most strongly to {n}",
    "{m} reads mainly as {e}",
    "{e} is the leading reading of {m}, at {p}",
    "of all emotions, {m} fits {e} best",
    "{m} seems above all {e}",
    "nothing gets more weight from {m} than {n}",
    "{m} favours {e}",
    "{n} is the most probable emotion in {m}",
)
MORE = (
    "{m} is more {e} than {f}",
    "in {m}, {n} outweighs {o}",
    "{m} is closer to {e} than to {f}",
    "{n} scores higher than {o} in {m}",
    "{m} leans to {n} rather than {o}",
    "{o} is less likely than {n} going by {m}",
)
ACROSS = (
    "{m} is more {e} than {k}",
    "{n} is stronger in {m} than in {k}",
    "{m} shows {n} more clearly than {k}",
    "compared with {k}, {m} carries more {n}",
    "{k} shows less {n} than {m}",
    "{n} is weaker in {k} than in {m}",
)
WHEN = (
    "{x} from {a} s to {b} s",
    "between {a} s and {b} s {x}",
    "{x} at {a} s and until {b} s",
    "starting at {a} s, {x}",
    "{x} up to {b} s",
    "around {a} s {x}",
)
BEFORE = (
    "{x} comes before {y}",
    "{x} is said earlier than {y}",
    "{y} follows {x}",
    "{x} precedes {y}",
    "first comes {x}, later {y}",
    "{y} is heard after {x}",
)
QUOTE = (
    "the speaker says {q}",
    "{q} is among the words",
    "{q} can be read",
    "the words {q} are used",
)
SENSE = (
    "{m} says {e}",
    "{n} comes from {m}",
    "{m} tells of {n}",
    "it is in {m} that {n} shows",
)
SOURCE = (
    "{m} gives {v} for {s}",
    "as for {m}, {s} is {v}",
)
INVENTED = (
    "The eyebrows are drawn together.",
    "Tears run down the cheeks.",
    "The speaker sighs at the end.",
    "The hands tremble.",
    "The jaw is clenched.",
    "The voice breaks twice.",
    "The speaker looks away from the camera.",
    "There is laughter in the background.",
    "The speaker mentions a funeral.",
    "The shoulders are slumped.",
    "The eyes are wide open.",
    "A door slams.",
    "The speaker whispers.",
    "The nostrils flare.",
    "The last word is repeated three times.",
    "The mouth is covered by a hand.",
    "The speaker swallows audibly.",
    "The breathing is fast and shallow.",
    "The cheeks are flushed.",
    "The head shakes slowly.",
    'The speaker says "leave me in peace".',
    "The lips tremble.",
    "The voice is hoarse from shouting.",
    "Somebody else interrupts.",
)
INNER = (
    "She feels deeply {e}.",
    "He is secretly {e} inside.",
    "Deep down the speaker is {e}.",
    "The person truly experiences {n}.",
    "In their heart there is {n}.",
    "What the person feels is {n}.",
    "{m} shows that she really feels {e}.",
    "The speaker suffers.",
    "The true emotion of the person is {n}.",
    "{m} proves the speaker's inner {n}.",
    "The person wants to cry.",
    "The speaker has lost all hope.",
    "She is overwhelmed by {n}.",
    "He hides his {n}.",
    "The person is in a {e} state of mind.",
    "The speaker's mind is full of {n}.",
)
