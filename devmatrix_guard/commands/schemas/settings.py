"""The schema of a settings file, one entry for each function that reads a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from devmatrix_guard import config
from devmatrix_guard.config import PARSERS, Settings
from devmatrix_guard.model.rule import LAYERS

Shape = dict[str, Any]

_NUMBER = r"([0-9]+(_[0-9]+)*(\.([0-9]+(_[0-9]+)*)?)?|\.[0-9]+(_[0-9]+)*)([eE][+-]?[0-9]+)?"
_TEXTS: Shape = {"type": ["string", "array"], "items": {"type": "string"}}
_ABOUT: Mapping[str, str] = {
    "rules": "Files or folders with rules, from the repository's root.",
    "shipped": "Whether the rules that come with guard count too.",
    "exclude": "Globs of paths that are not checked, as in .gitignore.",
    "fail_on": "The stage at which a finding fails the check.",
    "on_warn": "What a warning does to a commit in a hook.",
    "on_unjudged": "What something that was not judged does to a range.",
    "on_new_suppression": "What a suppression that a range adds does to it.",
    "max_file_kb": "Files above this size are skipped, and listed.",
    "budget": "Stop after such as 2s, 500ms or 1m.",
    "jobs": "How many processes share many files; 0: as many as there are cores.",
    "semgrep": "Also run, by an installed semgrep, the rules that only it can run.",
    "notebooks": "Whether the code cells of notebooks are checked.",
    "memory": "Where the memory is: a path, or the URL of a PostgreSQL server.",
    "repository": "A name that tells this repository from its forks.",
    "replica": "The URL of a server that reading commands ask instead of the memory's.",
    "vectors": "The URL or folder of Qdrant, which follows the memory.",
    "graph": "The URL of Neo4j, which follows the memory.",
    "sync": "The URL of NATS, the bus between the memory and its followers.",
    "embeddings": "The model that makes vectors of texts.",
    "look_back_ms": "How long a generation waits for the memory, in milliseconds; 0: not asked.",
    "layers": "Globs of each layer's paths, by number or name.",
    "migrations": "Migrations that are confirmed, each as `use Y, not X`.",
    "learn_on_first_use": "Whether a hook in a clone that has learned nothing starts to.",
}


def describe_settings() -> Shape:
    """Return the schema of a `guard.toml`, or of the table `[tool.guard]`."""
    properties: Shape = {"root": {"type": "boolean", "description": "Drop the files further up."}}
    for key, parser in PARSERS.items():
        shown = key.replace("_", "-")
        properties[shown] = {**SHAPES[parser], **_describe(key)}
        if shown != key:
            properties[key] = {"$ref": f"#/properties/{shown}"}
    return {
        "title": "Settings of devmatrix-guard",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def _describe(key: str) -> Shape:
    default: Any = getattr(Settings(), key)
    about: Shape = {"description": _ABOUT[key]} if key in _ABOUT else {}
    if isinstance(default, tuple):
        default = list(default)
    return about if default in (None, "", {}) else {**about, "default": default}


def ignore_case(words: Iterable[str]) -> str:
    """Return a regular expression of the words, each letter large or small.

    JSON Schema has no flag for that.
    """
    return "|".join("".join(map(_allow_both_cases, word)) for word in words)


def _allow_both_cases(letter: str) -> str:
    return f"[{letter.upper()}{letter.lower()}]" if letter.isalpha() else letter


def _make_words(words: Iterable[str], *, any_dash: bool = False) -> Shape:
    """Return the shape of one of the words: the list is for completion, the expression decides."""
    words = list(words)
    pattern = ignore_case(words)
    if any_dash:
        pattern = pattern.replace("-", "[-_]")
    return {"anyOf": [{"enum": words}, {"type": "string", "pattern": f"^({pattern})$"}]}


def _make_number(pattern: str, **bounds: int) -> Shape:
    return {"anyOf": [{"type": "integer", **bounds}, {"type": "string", "pattern": f"^{pattern}$"}]}


def _make_seconds() -> Shape:
    text = {
        "type": "string",
        "pattern": rf"^ *[+]?{_NUMBER} *([sS]|[mM]|[mM][sS])? *$",
        "not": {"pattern": "^[ +0_.]*([eE]|[ mMsS]*$)"},  # no digit but zeros: no time at all
    }
    return {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, text]}


def _make_layers() -> Shape:
    names = [*LAYERS.values(), *map(str, LAYERS)]
    key = f"({ignore_case(names)})"
    table = {
        "type": "object",
        "propertyNames": {"pattern": f"^{key}$"},
        "properties": dict.fromkeys(names, _TEXTS),
        "additionalProperties": _TEXTS,
    }
    entry = f"{key}(=[^;]*)?"
    text = {"type": "string", "pattern": f"^;*({entry}(;+{entry})*;*)?$"}
    return {"anyOf": [table, text]}


def _make_switch() -> Shape:
    words = ("true", "false", "yes", "no", "1", "0")
    return {
        "anyOf": [{"type": "boolean"}, {"type": "string", "pattern": f"^({ignore_case(words)})$"}]
    }


SHAPES: Mapping[Callable[[Any], Any], Shape] = {
    config.read_texts: _TEXTS,
    config.read_switch: _make_switch(),
    config.read_gate: _make_words(config.GATES),
    config.read_on_warn: _make_words(config.ON_WARN, any_dash=True),
    config.read_first_use: _make_words(config.FIRST_USE),
    config.read_fail_or_note: _make_words((config.FAIL, config.NOTE)),
    config.read_kilobytes: _make_number("0*[1-9][0-9]*", minimum=1),
    config.read_jobs: _make_number(
        "0*({})".format("|".join(map(str, range(config.MOST_JOBS, -1, -1)))),
        minimum=0,
        maximum=config.MOST_JOBS,
    ),
    config.read_milliseconds: _make_number(
        "0*[0-9]{1,5}", minimum=0, maximum=config.MOST_WAITED_MS
    ),
    config.read_seconds: _make_seconds(),
    config.read_text: {"type": "string", "minLength": 1},
    config.read_layers: _make_layers(),
}
