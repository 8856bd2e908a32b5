"""Small charts as SVG: no library, no script, a sentence for those who do not see them."""

from __future__ import annotations

from collections.abc import Sequence

from devmatrix_guard.server.page.markup import Child, Markup, tag

_STEP, _BAR, _HEIGHT, _FOOT = 14, 10, 84, 14


def draw_bar(share: float, label: str) -> Markup:
    """Return a bar that is filled by a share from 0 to 1."""
    width = max(0.0, min(share, 1.0)) * 100
    return tag(
        "svg",
        tag("rect", width=100, height=8, class_="track"),
        tag("rect", width=f"{width:.1f}", height=8, class_="fill"),
        class_="bar",
        viewBox="0 0 100 8",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )


def draw_columns(columns: Sequence[tuple[str, int, int]], label: str) -> Markup:
    """Return columns of two parts, stacked.

    Args:
        columns: name, the part at the bottom, and the part on it.
        label: what is shown, for those who do not see it.
    """
    most = max((low + high for _, low, high in columns), default=0) or 1
    width = max(len(columns) * _STEP, _STEP)
    parts: list[Child] = [
        tag("line", x1=0, x2=width, y1=_HEIGHT + 0.5, y2=_HEIGHT + 0.5, class_="axis")
    ]
    for place, (name, low, high) in enumerate(columns):
        x = place * _STEP + (_STEP - _BAR) / 2
        low_size, high_size = _scale(low, most), _scale(high, most)
        title = tag("title", f"{name}: {low} well, {high} not")
        good = _draw_column(x, _HEIGHT - low_size, low_size, "good")
        bad = _draw_column(x, _HEIGHT - low_size - high_size, high_size, "bad")
        parts.append(tag("g", title, good, bad))
    if columns:
        y = _HEIGHT + _FOOT - 2
        parts.append(tag("text", columns[0][0][5:], x=0, y=y, class_="tick"))
        if len(columns) > 5:
            last = columns[-1][0][5:]
            parts.append(tag("text", last, x=width, y=y, text_anchor="end", class_="tick"))
    return tag(
        "svg",
        parts,
        class_="columns",
        viewBox=f"0 0 {width} {_HEIGHT + _FOOT}",
        role="img",
        aria_label=label,
    )


def draw_shares(parts: Sequence[tuple[str, int]], label: str) -> Markup:
    """Return one bar divided among named parts; the class of a part is `part-` and its name."""
    total = sum(count for _, count in parts) or 1
    x = 0.0
    pieces = []
    for name, count in parts:
        width = 100 * count / total
        title = tag("title", f"{name}: {count:,}")
        pieces.append(
            tag(
                "rect",
                title,
                x=f"{x:.2f}",
                width=f"{max(width - 0.4, 0.2):.2f}",
                height=10,
                class_=f"part part-{name}",
            )
        )
        x += width
    return tag(
        "svg",
        pieces,
        class_="shares",
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )


def _scale(count: int, most: int) -> float:
    return 0.0 if not count else max(2.0, (_HEIGHT - 6) * count / most)


def _draw_column(x: float, y: float, size: float, kind: str) -> Markup | None:
    if not size:
        return None
    return tag("rect", x=x, y=f"{y:.1f}", width=_BAR, height=f"{size:.1f}", rx=1.5, class_=kind)
