"""Adds one entry to a YAML text by inserting lines: comments, order and style stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml

from devmatrix_guard.errors import UsageError


class Insertion(NamedTuple):
    """Replace `removed`, found at `offset`, by `inserted`."""

    offset: int
    removed: str
    inserted: str

    def apply(self, text: str) -> str:
        """Return `text` with the insertion made."""
        end = self.offset + len(self.removed)
        return text[: self.offset] + self.inserted + text[end:]


def insert_entry(text: str, keys: Sequence[str], addition: list[Any] | dict[str, Any]) -> Insertion:
    """Return the insertion that adds items to the list, or pairs to the mapping, at a path.

    The end of the path may be missing: it is made.

    Raises:
        UsageError: the text is not YAML, or is written in a way that cannot be added to.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise UsageError(f"The file is not valid YAML: {error}") from error
    parent, node, missing = _find_deepest(root, keys)
    for key in reversed(missing):
        addition = {key: addition}
    insertion = _plan_insertion(text, parent, node, addition)
    present = keys[: len(keys) - len(missing)]
    if yaml.safe_load(insertion.apply(text)) != _apply_to_data(
        yaml.safe_load(text), present, addition
    ):
        raise UsageError("The file is written in a way that cannot be added to safely.")
    return insertion


def _find_deepest(
    root: yaml.Node | None, keys: Sequence[str]
) -> tuple[yaml.Node | None, yaml.Node | None, list[str]]:
    """Return the deepest node of the path that exists, its parent, and the missing keys."""
    parent, node = None, root
    for index, key in enumerate(keys):
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        child = next((value for name, value in pairs if name.value == key), None)
        if child is None:
            return parent, node, list(keys[index:])
        parent, node = node, child
    return parent, node, []


def _plan_insertion(
    text: str, parent: yaml.Node | None, node: yaml.Node | None, addition: Any
) -> Insertion:
    newline = "\r\n" if "\r\n" in text else "\n"
    if node is None:
        return _insert_after_line(
            text, len(text.splitlines()), _render_block(addition, 0, newline), newline
        )
    if node.value in ("", [], "null", "~") and parent is not None:
        start = len(text[: node.start_mark.index].rstrip(" "))
        block = _render_block(addition, parent.start_mark.column + 2, newline).rstrip("\r\n")
        return Insertion(start, text[start : node.end_mark.index], newline + block)
    wanted = yaml.SequenceNode if isinstance(addition, list) else yaml.MappingNode
    if not isinstance(node, wanted) or node.flow_style:
        raise UsageError("The file is written in a style that cannot be added to.")
    block = _render_block(addition, node.start_mark.column, newline)
    return _insert_after_line(text, _find_last_line(text, node), block, newline)


def _find_last_line(text: str, node: yaml.Node) -> int:
    """Return how many lines there are up to the node's end, without what follows it."""
    lines = text.splitlines()
    end: int = node.end_mark.line + (1 if node.end_mark.column else 0)
    end = min(end, len(lines))
    while end and _belongs_to_what_follows(lines[end - 1], node.start_mark.column):
        end -= 1
    return end


def _belongs_to_what_follows(line: str, column: int) -> bool:
    stripped = line.strip()
    is_comment = stripped.startswith("#") and len(line) - len(line.lstrip()) <= column
    return not stripped or stripped in ("...", "---") or is_comment


def _insert_after_line(text: str, count: int, block: str, newline: str) -> Insertion:
    lines = text.splitlines(keepends=True)
    offset = sum(map(len, lines[:count]))
    if count and not lines[count - 1].endswith("\n"):
        return Insertion(offset, "", newline + block.rstrip("\r\n"))
    return Insertion(offset, "", block)


def _render_block(entry: Any, column: int, newline: str) -> str:
    dumped = yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, width=1000)
    return "".join(f"{' ' * column}{line}{newline}" for line in dumped.splitlines())


def _apply_to_data(data: Any, keys: Sequence[str], addition: Any) -> Any:
    """Return what the file must hold afterwards: the proof that nothing else was touched."""
    if keys:
        return {**data, keys[0]: _apply_to_data(data[keys[0]], keys[1:], addition)}
    if isinstance(addition, list):
        return [*(data or []), *addition]
    return {**(data or {}), **addition}
