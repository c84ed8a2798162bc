"""What the user says about the people who speak: how many, their names, and whom."""

from collections.abc import Mapping, Sequence

from pydantic import Field

from affectgraph.tools.diarization.diarize import checked_people
from affectgraph.tools.errors import SettingError
from affectgraph.tools.evidence import Frozen
from affectgraph.tools.io.arguments import checked_type
from affectgraph.tools.sanitize import sanitize_text
from affectgraph.tools.transcript.words import SpokenSpan

_MAX_NAME = 40


class Speakers(Frozen):
    """The people of a clip, as far as the user knows them.

    Attributes:
        people: How many speak; None if unknown.
        names: Names by letter, such as `{"A": "Anna"}`.
        person: The one that the verdict is about, by name or letter; all if None.
    """

    people: int | None = None
    names: dict[str, str] = Field(default_factory=dict)
    person: str | None = None

    @classmethod
    def of(
        cls,
        people: int | None = None,
        names: Mapping[str, str] | None = None,
        person: str | None = None,
    ) -> "Speakers":
        """Check what the user says.

        Raises:
            SettingError: If the number is out of range, or a name is empty or used
                twice.
        """
        checked_people(people)
        checked_type("person", person, str)
        cleaned = {
            letter.upper(): sanitize_text(str(name)).strip()[:_MAX_NAME]
            for letter, name in (names or {}).items()
        }
        if not all(cleaned.values()) or len({*cleaned.values()}) < len(cleaned):
            raise SettingError(
                "names: give each person a name of its own, such as A=Anna"
            )
        return cls(people=people, names=cleaned, person=person)

    @property
    def asked(self) -> bool:
        """Whether a short clip is cut into utterances, too."""
        return bool(self.people or self.names or self.person)

    def choose(self, spoken: Sequence[SpokenSpan]) -> tuple[SpokenSpan, ...]:
        """Give people their names, and keep the utterances of the person chosen.

        Raises:
            SettingError: If nobody has that name or letter.
        """
        named = [
            span.model_copy(update={"person": self.names.get(span.person, span.person)})
            for span in spoken
        ]
        if self.person is None:
            return tuple(named)
        wanted = self.names.get(self.person.upper(), self.person)
        found = sorted({span.person for span in named if span.person})
        if wanted not in found:
            raise SettingError(
                f"person {self.person!r} is not among those who speak: "
                f"{', '.join(found) or 'nobody was heard'}"
            )
        return tuple(span for span in named if span.person == wanted)
