"""Language codes of Whisper, for the words of a clip."""

from affectgraph.tools.errors import SettingError

ENGLISH = "en"
# Used instead of a code: detect the language of the words.
AUTO = "auto"
# Used instead of a code: the language of the clip.
CLIP_LANGUAGE = "clip"

_CODES = """
af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha
haw he hi hr ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr
ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg
th tk tl tr tt uk ur uz vi yi yo zh
"""


def checked_language(language: str) -> str:
    """The code of a language without its region, `de` for `de-AT`; or `auto`.

    Raises:
        SettingError: If Whisper does not support it.
    """
    if not isinstance(language, str):
        raise SettingError(f"language: a {type(language).__name__}; pass a code, en")
    code = language.lower().replace("_", "-").split("-")[0]
    if code not in (AUTO, *_CODES.split()):
        raise SettingError(
            f"language {language!r} is unknown; use a code such as en, de or zh, or"
            " auto"
        )
    return code
