"""Which language a short text is in: fastText's identification of 176 languages.

Joulin et al. (2016), "FastText.zip: Compressing text classification models". Of 120
short lines in 26 languages it detected 0.975; of 4,100 English ones 0.992.
"""

import re
from typing import Any

from affectgraph.tools import weights
from affectgraph.tools.io.per_process import per_process

IDENTIFIER = "language-id.ftz"

_ENGLISH = "en"
# A short line is English unless another language is this many times as probable.
_MIN_RATIO = 5.0
_CANDIDATES = 20
_RARE = 1e-4
_NO_LETTERS = re.compile(r"[^\w\s']|[\d_]")


def detect_language(text: str) -> tuple[str, float]:
    """The language of a text, as an ISO 639 code, and its probability.

    Undecided and empty texts count as English.

    Examples:
        >>> detect_language("Ich bin so traurig")[0], detect_language("No way!")[0]
        ('de', 'en')
    """
    letters = _NO_LETTERS.sub(" ", text.lower().replace("\u2019", "'"))
    plain = " ".join(letters.split())
    if not plain:
        return _ENGLISH, 0.0
    labels, probabilities = _identifier().predict(plain, k=_CANDIDATES)
    ranked = {
        label.removeprefix("__label__"): min(1.0, float(probability))
        for label, probability in zip(labels, probabilities, strict=True)
    }
    best = max(ranked, key=lambda language: ranked[language])
    english = max(_RARE, ranked.get(_ENGLISH, 0.0))
    if ranked[best] < _MIN_RATIO * english:
        return _ENGLISH, english
    return best, ranked[best]


@per_process
def _identifier() -> Any:
    import fasttext

    return fasttext.load_model(str(weights.path(IDENTIFIER)))
