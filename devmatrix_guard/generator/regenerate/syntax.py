"""Whether a text is what the name of its file promises."""

from __future__ import annotations

import ast
import json
import tomllib


def is_valid_syntax(path: str, text: str) -> bool:
    """Say whether a text can be read as Python, JSON, TOML or YAML, as its file's name asks.

    A file of another kind is always sound.
    """
    suffix = path.rpartition(".")[2]
    try:
        if suffix in ("py", "pyi"):
            ast.parse(text)
        elif suffix == "json":
            json.loads(text, object_pairs_hook=refuse_repeated_keys)
        elif suffix == "toml":
            tomllib.loads(text)
        elif suffix in ("yml", "yaml"):
            return _is_valid_yaml(text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True


def refuse_repeated_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object of JSON.

    Raises:
        ValueError: one key is there twice.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _is_valid_yaml(text: str) -> bool:
    import yaml  # only where a YAML file was edited

    try:
        return all(_has_each_key_once(node) for node in yaml.compose_all(text, yaml.SafeLoader))
    except yaml.YAMLError:
        return False


def _has_each_key_once(node: object) -> bool:
    import yaml

    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        return len(set(keys)) == len(keys) and all(_has_each_key_once(v) for _, v in node.value)
    if isinstance(node, yaml.SequenceNode):
        return all(_has_each_key_once(item) for item in node.value)
    return True
