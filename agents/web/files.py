"""A visit's clip and report, for who knows its key."""

from typing import Any

from affectgraph.agents.web.visits import Visits
from affectgraph.tools.errors import AffectgraphError, one_line


def give(app: Any, visits: Visits) -> None:
    """Have an application answer for the files of visits."""
    from fastapi.responses import FileResponse, PlainTextResponse

    nothing = PlainTextResponse("there is no such clip\n", 404)

    def clip(key: str) -> Any:
        visit = visits.by_key(key)
        file = visit.stage.file if visit else None
        return nothing if file is None else FileResponse(file)

    def report(key: str) -> Any:
        visit = visits.by_key(key)
        if visit is None:
            return nothing
        try:
            file = visit.report()
        except AffectgraphError as error:
            return PlainTextResponse(f"{one_line(error)}\n", 500)
        return FileResponse(file, filename=f"{file.parent.name}.html")

    for name, answer in (("clip", clip), ("report.html", report)):
        app.add_api_route(f"/clips/{{key}}/{name}", answer, response_model=None)
