"""Draw the verdict graph from the code: `python docs/graph_picture.py`.

Nodes stand below one another in the order in which they run; beside them stand those of
the subgraph `reason`. Arrows that skip nodes go along the right side, arrows back along
the left; dashed ones depend on the state.
"""

from graphlib import TopologicalSorter
from pathlib import Path

from langchain_core.runnables.graph import Graph

from affectgraph.graphs.verdict.graph import graph
from affectgraph.graphs.verdict.reason.graph import reason

FILE = Path(__file__).parent / "images" / "graph.svg"
STEP, TOP, MIDDLE = 58, 30, 110
HALF_WIDTH, HALF_HEIGHT, REACH = 60, 17, 50
SUBGRAPH, SUBGRAPH_MIDDLE = "reason", 360
HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 {height}"
 width="500" font-family="sans-serif" font-size="14" text-anchor="middle">
<defs><marker id="head" markerWidth="8" markerHeight="8" refX="7" refY="4"
 orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#5c5fa8"/></marker></defs>"""
NODE = """<rect x="{x}" y="{y}" width="120" height="34" rx="{round}" fill="#eceafd"
 stroke="#5c5fa8"/><text x="{middle}" y="{text}" fill="#1d1d2b">{name}</text>"""
ARROW = """<path d="{path}" fill="none" stroke="#5c5fa8" stroke-width="1.5"
 marker-end="url(#head)"{dashes}/>"""
DASHES = ' stroke-dasharray="5 4"'
LINK = """<path d="M{start},{y} L{end},{top} M{start},{y} L{end},{bottom}" fill="none"
 stroke="#b9b8d8"/>"""


def svg() -> str:
    """Return the graph as SVG."""
    drawable = graph.get_graph()
    names = _order(drawable)
    main = _column(drawable, MIDDLE)
    inner = reason.get_graph()
    beside = _column(inner, SUBGRAPH_MIDDLE)
    y = TOP + STEP * names.index(SUBGRAPH)
    link = LINK.format(
        start=MIDDLE + HALF_WIDTH,
        y=y,
        end=SUBGRAPH_MIDDLE - HALF_WIDTH - REACH,
        top=TOP,
        bottom=TOP + STEP * (len(_order(inner)) - 1),
    )
    height = 2 * TOP + STEP * (len(names) - 1)
    return "\n".join([HEAD.format(height=height), link, *main, *beside, "</svg>\n"])


def _column(drawable: Graph, middle: int) -> list[str]:
    """Draw the nodes and arrows of one graph below one another."""
    names, parts = _order(drawable), []
    for number, name in enumerate(names):
        y = TOP + STEP * number
        ends = name.startswith("__")
        shape = {"x": middle - HALF_WIDTH, "y": y - HALF_HEIGHT, "text": y + 5}
        shape |= {"middle": middle, "round": 17 if ends else 4}
        parts.append(NODE.format(**shape, name=name.strip("_")))
    for edge in sorted(drawable.edges, key=lambda e: (e.source, e.target)):
        path = _path(names.index(edge.source), names.index(edge.target), middle)
        parts.append(ARROW.format(path=path, dashes=DASHES if edge.conditional else ""))
    return parts


def _order(drawable: Graph) -> list[str]:
    """Return the nodes in the order in which they run, ignoring the way back."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for edge in sorted(drawable.edges, key=lambda e: (e.source, e.target)):
        if (edge.source, edge.target) != ("verify", "propose"):
            sorter.add(edge.target, edge.source)
    return list(sorter.static_order())


def _path(source: int, target: int, middle: int) -> str:
    start, end = TOP + STEP * source, TOP + STEP * target
    if target == source + 1:
        return f"M{middle},{start + HALF_HEIGHT} L{middle},{end - HALF_HEIGHT}"
    side = 1 if target > source else -1
    edge, control = middle + side * HALF_WIDTH, middle + side * (HALF_WIDTH + REACH)
    return f"M{edge},{start} C{control},{start} {control},{end} {edge},{end}"


if __name__ == "__main__":
    FILE.write_text(svg(), encoding="utf-8")
