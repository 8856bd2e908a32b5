"""Changes what a rule's YAML says under `metadata.guard`, and nothing else in its file.

The place is found in the YAML tree and the text is changed there, so that comments, order and
style stay; the result is read again to prove that only the asked values changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml

from devmatrix_guard.errors import UsageError

_PATH = ("metadata", "guard")
_BY_HAND = "the rule {} is written in a way that cannot be changed safely; change it by hand."


class _Insertion(NamedTuple):
    start: int
    end: int
    text: str


def set_guard_values(text: str, rule_id: str, values: Mapping[str, str | bool]) -> str:
    """Return a rule file's text with values of `metadata.guard` of one rule set.

    Raises:
        UsageError: the file is not YAML, has no such rule, or cannot be changed safely.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix(mark)
    for key, value in values.items():
        body = _set(body, rule_id, key, value)
    return mark + body


def extract_rule_text(text: str, rule_id: str) -> str:
    """Return a rule as its file has it, comments and all.

    Raises:
        UsageError: the file is not YAML or has no such rule.
    """
    node = _find_rule_node(text.removeprefix("\ufeff"), rule_id)
    lines = text.removeprefix("\ufeff").splitlines()
    last = node.end_mark.line + (1 if node.end_mark.column else 0)
    found = lines[node.start_mark.line : last]
    while found and (not found[-1].strip() or found[-1].lstrip().startswith("#")):
        found.pop()
    return "\n".join(found) + "\n"


def _set(text: str, rule_id: str, key: str, value: str | bool) -> str:
    rule = _find_rule_node(text, rule_id)
    newline = "\r\n" if "\r\n" in text else "\n"
    insertion = _plan_insertion(rule, (*_PATH, key), _render_scalar(value), newline)
    changed = text[: insertion.start] + insertion.text + text[insertion.end :]
    wanted = _set_value(yaml.safe_load(text), rule_id, key, value)
    try:
        proven = yaml.safe_load(changed) == wanted
    except yaml.YAMLError:
        proven = False
    if not proven:
        raise UsageError(_BY_HAND.format(rule_id))
    return changed


def _plan_insertion(node: yaml.Node, keys: tuple[str, ...], value: str, newline: str) -> _Insertion:
    """Return the change that sets the value at a path below a mapping, making what is missing."""
    if not isinstance(node, yaml.MappingNode):
        return _fill_key(node, keys, value)
    child = next((v for k, v in node.value if k.value == keys[0]), None)
    if child is not None and len(keys) == 1:
        return _Insertion(child.start_mark.index, child.end_mark.index, value)
    if child is not None:
        return _plan_insertion(child, keys[1:], value, newline)
    if node.flow_style:
        place = node.start_mark.index + 1
        pair = _render_flow(keys, value) + (", " if node.value else "")
        return _Insertion(place, place, pair)
    # A rule keeps its id on top; elsewhere the new key comes first.
    first = node.value[1 if keys[0] == _PATH[0] and len(node.value) > 1 else 0][0]
    place, column = first.start_mark.index, first.start_mark.column
    block = _render_block(keys, value, column, newline) + newline + " " * column
    return _Insertion(place, place, block)


def _fill_key(node: yaml.Node, keys: tuple[str, ...], value: str) -> _Insertion:
    """Return the change that fills a key that has no mapping yet."""
    return _Insertion(
        node.start_mark.index, node.end_mark.index, f" {{{_render_flow(keys, value)}}}"
    )


def _render_block(keys: tuple[str, ...], value: str, column: int, newline: str) -> str:
    lines = [f"{' ' * (2 * depth)}{key}:" for depth, key in enumerate(keys)]
    lines[-1] += f" {value}"
    return (newline + " " * column).join(lines)


def _render_flow(keys: tuple[str, ...], value: str) -> str:
    text = value
    for key in reversed(keys):
        text = f"{{{key}: {text}}}"
    return text[1:-1]


def _render_scalar(value: str | bool) -> str:
    """Return a value as YAML on one line; a word that needs no quotes without them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value.isascii() and value.isalpha() and yaml.safe_load(value) == value:
        return value
    text = value.encode("utf-8", "replace").decode()
    quoted: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=1 << 30)
    return quoted.rstrip("\n")


def _find_rule_node(text: str, rule_id: str) -> yaml.MappingNode:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise UsageError(
            f"the file of the rule {rule_id} is not valid YAML; correct it."
        ) from error
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    rules = next((value for key, value in pairs if key.value == "rules"), None)
    for node in rules.value if isinstance(rules, yaml.SequenceNode) else []:
        if isinstance(node, yaml.MappingNode) and any(
            key.value == "id" and value.value == rule_id for key, value in node.value
        ):
            return node
    raise UsageError(f"the rule {rule_id} is no longer in its file.")


def _set_value(data: Any, rule_id: str, key: str, value: Any) -> Any:
    """Return what the file must hold afterwards."""
    rules = [
        _set_deep(rule, (*_PATH, key), value) if rule.get("id") == rule_id else rule
        for rule in data["rules"]
    ]
    return {**data, "rules": rules}


def _set_deep(node: Any, keys: tuple[str, ...], value: Any) -> Any:
    """Return a mapping with a value set; one that is not a mapping stays, and proves nothing."""
    if node is not None and not isinstance(node, dict):
        return node
    inner = node or {}
    if len(keys) == 1:
        return {**inner, keys[0]: value}
    return {**inner, keys[0]: _set_deep(inner.get(keys[0]), keys[1:], value)}
