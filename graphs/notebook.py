"""Notebook display: HTML views of objects, registered by the room above."""

from functools import singledispatch


@singledispatch
def render_html(value: object) -> str | None:
    """An object as HTML; None lets the notebook show its `repr`.

    Register a view with `@render_html.register`, by the type of its argument.
    """
    return None


class HtmlDisplay:
    """Mixin: a notebook shows the object by the view registered for its type."""

    def _repr_html_(self) -> str | None:
        return render_html(self)
