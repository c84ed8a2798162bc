"""Draw the verdict graph from the code: `python docs/graph_picture.py`.

Nodes stand below one another in the order in which they run. Arrows that skip nodes go
along the right side, arrows back along the left; dashed ones depend on the state.
"""

from graphlib import TopologicalSorter
from pathlib import Path

from affectgraph.graphs.verdict.graph import graph

FILE = Path(__file__).parent / "images" / "graph.svg"
WIDTH, STEP, TOP, MIDDLE = 340, 58, 30, 170
HALF_WIDTH, HALF_HEIGHT, REACH = 60, 17, 90
HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"
 width="{width}" font-family="sans-serif" font-size="14" text-anchor="middle">
<defs><marker id="head" markerWidth="8" markerHeight="8" refX="7" refY="4"
 orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#5c5fa8"/></marker></defs>"""
NODE = """<rect x="{x}" y="{y}" width="120" height="34" rx="{round}" fill="#eceafd"
 stroke="#5c5fa8"/><text x="170" y="{text}" fill="#1d1d2b">{name}</text>"""
ARROW = """<path d="{path}" fill="none" stroke="#5c5fa8" stroke-width="1.5"
 marker-end="url(#head)"{dashes}/>"""


def svg() -> str:
    """Return the graph as SVG."""
    drawable = graph.get_graph()
    names = _order([(edge.source, edge.target) for edge in drawable.edges])
    parts = [HEAD.format(width=WIDTH, height=2 * TOP + STEP * (len(names) - 1))]
    for number, name in enumerate(names):
        y = TOP + STEP * number
        ends = name.startswith("__")
        shape = {"x": MIDDLE - HALF_WIDTH, "y": y - HALF_HEIGHT, "text": y + 5}
        parts.append(
            NODE.format(**shape, round=17 if ends else 4, name=name.strip("_"))
        )
    for edge in sorted(drawable.edges, key=lambda e: (e.source, e.target)):
        path = _path(names.index(edge.source), names.index(edge.target))
        dashes = ' stroke-dasharray="5 4"' if edge.conditional else ""
        parts.append(ARROW.format(path=path, dashes=dashes))
    return "\n".join([*parts, "</svg>\n"])


def _order(edges: list[tuple[str, str]]) -> list[str]:
    """Return the nodes in the order in which they run, ignoring the way back."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for source, target in edges:
        if (source, target) != ("verify", "perceive"):
            sorter.add(target, source)
    return list(sorter.static_order())


def _path(source: int, target: int) -> str:
    start, end = TOP + STEP * source, TOP + STEP * target
    if target == source + 1:
        return f"M{MIDDLE},{start + HALF_HEIGHT} L{MIDDLE},{end - HALF_HEIGHT}"
    side = 1 if target > source else -1
    edge, control = MIDDLE + side * HALF_WIDTH, MIDDLE + side * (HALF_WIDTH + REACH)
    return f"M{edge},{start} C{control},{start} {control},{end} {edge},{end}"


if __name__ == "__main__":
    FILE.write_text(svg(), encoding="utf-8")
