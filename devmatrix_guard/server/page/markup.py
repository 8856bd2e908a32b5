"""Writes HTML from values: whatever is no `Markup` is escaped, so that nothing can be forgotten."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import quote, urlencode

from devmatrix_guard.visible_text import make_printable

_VOID = frozenset({"br", "input", "link", "meta", "hr"})


class Markup(str):
    """A text that is HTML already; only functions of this module make one from parts."""

    __slots__ = ()


Child = str | int | float | None | Iterable["Child"]
Value = str | int | float | bool | None


def tag(name: str, /, *children: Child, **attributes: Value) -> Markup:
    """Return an element.

    Args:
        name: of the element.
        children: what it holds; texts are escaped, None is nothing, lists are taken apart.
        attributes: by name, an underscore for each dash and one at the end where Python knows the
            word; None and False leave one out, True gives it no value.
    """
    head = f"<{name}{''.join(map(_write_attribute, attributes, attributes.values()))}>"
    if name in _VOID:
        return Markup(head)
    return Markup(f"{head}{join(children)}</{name}>")


def join(children: Iterable[Child]) -> Markup:
    """Return children one after another, without an element around them."""
    return Markup("".join(map(_write_child, children)))


def make_path(*parts: str, **query: Value) -> str:
    """Return an address on this server: parts are quoted, None is left out of the query.

    A link is never made from the text of others in another way, so that none leads elsewhere or
    runs a script.
    """
    path = "/" + "/".join(quote(part, safe="") for part in parts)
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def _write_child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return _escape(child)
    if isinstance(child, (int, float)):
        return f"{child:,}"
    return join(child)


def _escape(text: str) -> str:
    # A terminal's colours are kept by that function; here they are only something hidden.
    return escape(make_printable(text).replace("\x1b", "\\u001b"))


def _write_attribute(name: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    shown = name.removesuffix("_").replace("_", "-")
    if value is True:
        return f" {shown}"
    return f' {shown}="{_escape(str(value))}"'
