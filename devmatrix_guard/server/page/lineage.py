"""What came from what, as a graph and as the same in a table."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.model.knowledge.lineage import NODE_KINDS, Lineage, describe_edge
from devmatrix_guard.server.page.graph import MOST_NODES, draw_graph, name_node
from devmatrix_guard.server.page.layout import write_card, write_heading, write_nothing, write_table
from devmatrix_guard.server.page.markup import Child, Markup, join, make_path, tag

DEPTHS = (1, 2, 3, 5, 8)
_EDGES = 300


def render_lineage(
    name: str,
    depth: int,
    found: Sequence[Lineage],
    *,
    problem: str = "",
    examples: Sequence[tuple[str, str]] = (),
) -> Markup:
    """Return the view.

    Args:
        name: what was asked for; empty where nothing was.
        depth: how many edges were followed each way.
        found: the lineage of each node that it may mean.
        problem: why there is none.
        examples: names and labels of what one may ask for.
    """
    options = [tag("option", f"{d} steps", value=d, selected=d == depth) for d in DEPTHS]
    form = tag(
        "form",
        tag(
            "div",
            tag("label", "Name", for_="name", class_="unseen"),
            tag(
                "input", type="search", id="name", name="name", value=name, maxlength=500,
                placeholder="A path, commit, function, rule, pattern or run", autocomplete="off",
            ),
            tag("label", "Depth", for_="depth", class_="unseen"),
            tag("select", options, id="depth", name="depth"),
            tag("button", "Trace", type="submit"),
            class_="search",
        ),
        method="get",
        action=make_path("lineage"),
        role="search",
    )  # fmt: skip
    heading = write_heading(
        "Lineage", "From a spec or a commit to the line and the test: what came from what."
    )
    parts: list[Child] = [heading, form]
    if problem:
        parts.append(tag("p", problem, class_="nothing", role="status"))
    if not name or problem:
        parts.append(_write_examples(examples))
    for lineage in found:
        parts.append(_write_one(lineage))
    return join(parts)


def _write_examples(examples: Sequence[tuple[str, str]]) -> Markup | None:
    if not examples:
        return write_nothing("Once something was learned or generated it can be traced here.")
    links = [
        tag("li", tag("a", label, href=make_path("lineage", name=name))) for name, label in examples
    ]
    return write_card("For example", tag("ul", links))


def _write_one(lineage: Lineage) -> Markup:
    kind, key = lineage.start
    nodes = {(node.kind, node.key): node for node in lineage.nodes}
    start = nodes.get(lineage.start)
    title = f"{kind}: {name_node(start) if start else key}"
    left = len(lineage.nodes) - MOST_NODES
    cut = tag("p", f"The picture leaves out the {left:,} farthest.", class_="soft")
    tools = tag(
        "div",
        [
            tag("button", sign, type="button", data_zoom=way, aria_label=label)
            for sign, way, label in (
                ("−", "out", "Make smaller"),
                ("+", "in", "Make larger"),
                ("Fit", "fit", "Fit to the page"),
            )
        ],
        class_="tools",
        hidden=True,
    )
    picture = tag(
        "div", draw_graph(lineage), class_="canvas", tabindex="0", role="region",
        aria_label="Graph, scrolls",
    )  # fmt: skip
    rows = [
        (
            name_node(nodes[edge.source]) if edge.source in nodes else edge.source[1],
            tag("span", edge.kind, title=describe_edge(edge.kind) or None),
            name_node(nodes[edge.target]) if edge.target in nodes else edge.target[1],
        )
        for edge in lineage.edges[:_EDGES]
    ]
    table: Child = write_nothing("Nothing came of it, and nothing is known of where it came from.")
    if rows:
        table = write_table("The same as a table", ("from", "how", "to"), rows)
    known = NODE_KINDS.get(kind, "")
    return write_card(
        title,
        tag("p", known, class_="soft"),
        tools,
        picture,
        cut if left > 0 else None,
        tag("details", tag("summary", "The same as a table"), table),
        wide=True,
    )
