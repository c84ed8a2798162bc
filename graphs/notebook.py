"""What a notebook shows of an object: views that the room above registers here."""

from functools import singledispatch


@singledispatch
def html(shown: object) -> str | None:
    """An object as HTML; None has a notebook show its `repr`.

    A view is registered with `@html.register`, by the type that it shows.
    """
    return None


class Displayed:
    """Shows itself in a notebook by the view that is registered for its type."""

    def _repr_html_(self) -> str | None:
        return html(self)
