"""Says in a sentence what is wrong with the arguments of a tool."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

_MEANT = {"string": "a text", "int": "a whole number", "float": "a number", "list": "a list",
          "bool": "true or false"}  # fmt: skip


def describe_unknown(tool: str, given: Iterable[str], known: Sequence[str]) -> str:
    """Return what to say of arguments that a tool does not have, empty where it has them all."""
    unknown = sorted(set(given) - set(known))
    if not unknown:
        return ""
    return f"`{tool}` has no argument {_list_names(unknown)}; it takes {_list_names(known)}."


def describe_failures(tool: str, failures: Sequence[dict[str, Any]]) -> str:
    """Return what to say of the failures of a validation."""
    missing = [str(one["loc"][0]) for one in failures if one["type"] == "missing" and one["loc"]]
    wrong: dict[str, str] = {}
    for one in failures:
        if one["type"] != "missing" and one["loc"]:
            name = "".join(f"[{part}]" if place else str(part)
                           for place, part in enumerate(one["loc"]))  # fmt: skip
            wrong[name] = _MEANT.get(str(one["type"]).partition("_")[0], "something else")
    told = [f"needs {_list_names(missing)}"] if missing else []
    told += [f"takes {meant} as `{name}`" for name, meant in list(wrong.items())[:5]]
    return f"`{tool}` {' and '.join(told)}." if told else f"The arguments of `{tool}` are wrong."


def _list_names(names: Sequence[str]) -> str:
    shown = [f"`{name[:60]}`" for name in names[:10]]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
