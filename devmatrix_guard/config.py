"""Settings: defaults, then settings files from the root inwards, then GUARD_* variables, flags."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devmatrix_guard.errors import SettingsError
from devmatrix_guard.files import FileError, read_if_present
from devmatrix_guard.model.named_value import NamedValue

if TYPE_CHECKING:
    from devmatrix_guard.model.report import Note

# Settings that may name a server, beside the memory itself.
PLACES = ("replica", "vectors", "graph", "sync", "embeddings")
SETTINGS_FILES = ("pyproject.toml", "guard.toml")
MAX_SETTINGS_BYTES = 4 * 1024 * 1024
NEVER = "never"
FAIL, NOTE = "fail", "note"
ON_WARN = ("ask-once", "show", "stop")
GATES = {
    "block": "block",
    "error": "block",
    "warn": "warn",
    "warning": "warn",
    "advise": "advise",
    "info": "advise",
    "candidate": "candidate",
    "none": NEVER,
    NEVER: NEVER,
}
FIRST_USE = ("background", "off")
MOST_JOBS = 64
MOST_WAITED_MS = 99_999


class Settings(NamedValue):
    """Everything a user can set; names equal the keys in `[tool.guard]` with underscores.

    `rules` are files or folders relative to the repository's root; `exclude` are globs of paths
    from there; `fail_on` is a stage, or `never`; `on_warn` says what a warning does to a commit in
    a hook; `on_unjudged` and `on_new_suppression` whether a range fails for what was not judged, or
    is newly silenced; `max_file_kb` bounds a file; `budget` is seconds or None for no bound;
    `jobs` how many processes share many files, 0 for as many as there are cores;
    `layers` maps a layer number to path globs; `memory` is a path or a server's URL, and
    `replica` one to read from; `repository` is a name that tells forks apart; `vectors` and
    `graph` are servers that follow the memory, `sync` the bus between them; `embeddings` names a
    model; `look_back_ms` bounds how long a generation waits for the memory, 0 for not at all; each
    line `use Y, not X` of `migrations` confirms one; `learn_on_first_use` says whether a hook in a
    clone that has learned nothing starts to.
    """

    rules: tuple[str, ...] = (".guard/rules",)
    shipped: bool = True
    exclude: tuple[str, ...] = ()
    fail_on: str = "block"
    on_warn: str = "ask-once"
    on_unjudged: str = "fail"
    on_new_suppression: str = "note"
    max_file_kb: int = 1024
    budget: float | None = None
    jobs: int = 0
    semgrep: bool = False
    notebooks: bool = True
    memory: str = ".guard/memory.db"
    repository: str = ""
    replica: str = ""
    vectors: str = ""
    graph: str = ""
    sync: str = ""
    embeddings: str = "none"
    look_back_ms: int = 50
    layers: Mapping[str, tuple[str, ...]] = {}
    migrations: tuple[str, ...] = ()
    learn_on_first_use: str = "background"


class ForeignPlace(str):
    """A place outside of a repository that the repository's own settings name."""

    __slots__ = ()


def is_outside(location: str) -> bool:
    """Tell whether a memory's location is a server, or a path outside of the repository."""
    path = os.path.normpath(location)
    return "://" in location or path.startswith(("/", "~")) or path.split("/")[0] == ".."


def find_shipped_rules() -> Path:
    """Return the folder of the rules that come with the package."""
    package = Path(__file__).parent
    installed = package / "shipped_rules"
    return installed if installed.is_dir() else package.parent / "rules"


def load_settings(start: Path, flags: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings in force for the folder `start`.

    Raises:
        SettingsError: a file that is not TOML, or a value of the wrong kind.
    """
    root, folder = _find_root_and_folder(start)
    return read_settings(folder, lambda path: _read_from(root, path), flags)[0]


def read_settings(
    folder: str, read: Callable[[str], bytes | None], flags: Mapping[str, Any] | None = None
) -> tuple[Settings, tuple[Note, ...]]:
    """Return the settings for a folder of a tree, and a note for every key that means nothing.

    Every folder from the tree's root inwards may hold a `guard.toml`, or a `pyproject.toml` with a
    `[tool.guard]` table; the nearer one wins key by key, and `root = true` in it drops the others.

    Args:
        folder: path from the root of the tree, empty for the root.
        read: returns a file's content by its path from the root, None where there is none.
        flags: values that win over all others; None means not given.

    Raises:
        SettingsError: a file that is not TOML, a value of the wrong kind, or rules outside of the
            repository that its own settings name.
    """
    values: dict[str, Any] = {}
    notes: list[Note] = []
    for path in _list_candidates(folder):
        content = read(path)
        if content is None or not _is_ours(path, content):
            continue
        table = _read_table(path, content)
        if table.pop("root", False) is True:
            values.clear()
        for key, value in table.items():
            if key in Settings._fields:
                value = _check_value(key, value, f"{path}, line {_find_line(key, content)}")
                values[key] = _mark_foreign(key, value)
            else:
                notes.append(_note(path, _find_line(key, content), _describe_unknown(key)))
    environment = {k: _check_value(k, v, f"GUARD_{k.upper()}") for k, v in _read_environment(notes)}
    given = {
        k: _check_value(k, v, "the command line") for k, v in (flags or {}).items() if v is not None
    }
    settings = Settings(**{**values, **environment, **given})
    _refuse_foreign_rules(settings)
    return settings, tuple(notes)


def _mark_foreign(key: str, value: Any) -> Any:
    """Return a value of a repository's own settings, its places outside of it marked as such."""
    if key == "memory" or (key in PLACES and "://" in value):
        return ForeignPlace(value) if is_outside(value) else value
    if key == "rules":
        return tuple(ForeignPlace(top) if is_outside(top) else top for top in value)
    return value


def _refuse_foreign_rules(settings: Settings) -> None:
    for place in settings.rules:
        if isinstance(place, ForeignPlace):
            raise SettingsError(
                f"the settings of this repository take rules from {str(place)!r}, outside of it; "
                "put them inside, or name all folders of rules yourself in GUARD_RULES."
            )


def _find_root_and_folder(start: Path) -> tuple[Path, str]:
    start = start.resolve()
    root = next((f for f in (start, *start.parents) if (f / ".git").exists()), start)
    folder = start.relative_to(root).as_posix()
    return root, "" if folder == "." else folder


def _read_from(root: Path, path: str) -> bytes | None:
    try:
        return read_if_present(root, path, MAX_SETTINGS_BYTES)
    except FileError as error:
        raise SettingsError(str(error)) from error


def _is_ours(path: str, content: bytes) -> bool:
    """Return whether a file holds our settings, without paying for a TOML parser."""
    if path.rpartition("/")[2] == "guard.toml":
        return True
    return re.search(rb"^\s*\[?\s*tool\s*\.\s*[\"']?guard\b", content, re.MULTILINE) is not None


def _list_candidates(folder: str) -> Iterator[str]:
    parts = folder.split("/") if folder else []
    for count in range(len(parts) + 1):
        for name in SETTINGS_FILES:
            yield "/".join([*parts[:count], name])


def _read_table(path: str, content: bytes) -> dict[str, Any]:
    import tomllib

    try:
        data = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{path} cannot be read: {error}; correct the file.") from error
    is_own = path.rpartition("/")[2] == "guard.toml"
    tools = data.get("tool", {})
    table = data if is_own else tools.get("guard", {}) if isinstance(tools, dict) else {}
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: tool.guard is not a table; correct the file.")
    return {key.replace("-", "_"): value for key, value in table.items()}


def _find_line(key: str, content: bytes) -> int:
    """Return the line that sets `key`, 0 if it is written unusually: tomllib does not tell."""
    name = key.replace("_", "[-_]")
    assignment = re.compile(
        rf"\s*(?:[\w.\"'-]+\.)?[\"']?{name}[\"']?\s*[.=]|\s*\[.*\b{name}[\"']?\s*\]"
    )
    lines = content.decode("utf-8-sig").splitlines()
    headers = [n for n, line in enumerate(lines) if re.match(r"\s*\[\s*tool\s*\.\s*guard\b", line)]
    for number, line in enumerate(lines[min(headers, default=0) :], min(headers, default=0) + 1):
        if assignment.match(line):
            return number
    return 0


def _note(place: str, line: int, text: str) -> Note:
    from devmatrix_guard.model.report import Note  # what a check says; settings are read without

    return Note(place, line, text)


def _describe_unknown(key: str, *, likeness: float = 0.6) -> str:
    from difflib import get_close_matches

    shown = key.replace("_", "-")
    names = [name.replace("_", "-") for name in Settings._fields]
    near = get_close_matches(shown, names, n=1, cutoff=likeness)
    return f"unknown setting {shown!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _check_value(key: str, value: Any, where: str) -> Any:
    """Return a value as `Settings` holds it; TOML, variables and flags write it differently."""
    try:
        if "\\x00" in repr(value):  # no path and no variable can hold one
            raise ValueError("it must hold no NUL")
        return PARSERS[key](value)
    except (TypeError, ValueError) as error:
        shown = key.replace("_", "-")
        raise SettingsError(f"{where}: {shown} cannot be {value!r}; {error}.") from error


def read_texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part for part in value.split(os.pathsep) if part)
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise TypeError("it must be a list of strings")


def read_switch(value: Any) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise TypeError("it must be true or false")


def read_gate(value: Any) -> str:
    if isinstance(value, str) and value.lower() in GATES:
        return GATES[value.lower()]
    raise ValueError("it must be block, warn, advise or never (or error, warning, info, none)")


def read_on_warn(value: Any) -> str:
    if isinstance(value, str) and value.lower().replace("_", "-") in ON_WARN:
        return value.lower().replace("_", "-")
    raise ValueError(f"it is {', '.join(ON_WARN[:-1])} or {ON_WARN[-1]}")


def read_first_use(value: Any) -> str:
    if isinstance(value, str) and value.lower() in FIRST_USE:
        return value.lower()
    raise ValueError(f"it is {' or '.join(FIRST_USE)}")


def read_fail_or_note(value: Any) -> str:
    if isinstance(value, str) and value.lower() in (FAIL, NOTE):
        return value.lower()
    raise ValueError(f"it is {FAIL} or {NOTE}")


def read_kilobytes(value: Any) -> int:
    number = int(value) if isinstance(value, str) and value.isdigit() else value
    if isinstance(number, int) and not isinstance(number, bool) and number > 0:
        return number
    raise TypeError("it must be a whole number above zero")


def read_jobs(value: Any) -> int:
    number = int(value) if isinstance(value, str) and value.isdigit() else value
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= MOST_JOBS:
        return number
    raise TypeError(f"it must be a whole number from 0 to {MOST_JOBS}")


def read_milliseconds(value: Any) -> int:
    number = int(value) if isinstance(value, str) and value.isdigit() else value
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= MOST_WAITED_MS:
        return number
    raise TypeError(f"it must be a whole number from 0 to {MOST_WAITED_MS}")


def read_seconds(value: Any) -> float:
    """Return seconds from a number, `2s`, `1.5`, `500ms` or `1m`."""
    text = str(value).strip().lower()
    scale, number = (0.001, text[:-2]) if text.endswith("ms") else (1.0, text.removesuffix("s"))
    if text.endswith("m"):
        scale, number = 60.0, text[:-1]
    try:
        seconds = float(number) * scale
    except ValueError:
        seconds = -1.0
    if isinstance(value, bool) or not 0 < seconds < float("inf"):
        raise ValueError("it must be a time such as 2s or 500ms")
    return seconds


def read_text(value: Any) -> str:
    if isinstance(value, str) and value:
        return value
    raise TypeError("it must be a string")


def read_layers(value: Any) -> dict[str, tuple[str, ...]]:
    from devmatrix_guard.model.rule import LAYERS

    numbers = {name.lower(): number for number, name in LAYERS.items()} | {
        str(number): number for number in LAYERS
    }
    if isinstance(value, str):  # a variable: 3=app/api/**;4=app/services/**
        value = dict(part.partition("=")[::2] for part in value.split(";") if part)
    if isinstance(value, Mapping) and all(str(key).lower() in numbers for key in value):
        return {str(numbers[str(key).lower()]): read_texts(globs) for key, globs in value.items()}
    raise TypeError("it must map layers 1 to 7, or their names, to lists of globs")


PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "rules": read_texts,
    "shipped": read_switch,
    "exclude": read_texts,
    "fail_on": read_gate,
    "on_warn": read_on_warn,
    "on_unjudged": read_fail_or_note,
    "on_new_suppression": read_fail_or_note,
    "max_file_kb": read_kilobytes,
    "budget": read_seconds,
    "jobs": read_jobs,
    "semgrep": read_switch,
    "notebooks": read_switch,
    "memory": read_text,
    "repository": read_text,
    "replica": read_text,
    "vectors": read_text,
    "graph": read_text,
    "sync": read_text,
    "embeddings": read_text,
    "look_back_ms": read_milliseconds,
    "layers": read_layers,
    "migrations": read_texts,
    "learn_on_first_use": read_first_use,
}


def _read_environment(notes: list[Note]) -> Iterator[tuple[str, str]]:
    for variable in sorted(os.environ):
        key = variable.removeprefix("GUARD_").lower()
        if not variable.startswith("GUARD_") or not os.environ[variable]:
            continue
        if key in PARSERS:
            yield key, os.environ[variable]
        # Other parts have variables of their own: only what is all but a setting is misspelt.
        elif "did you mean" in (text := _describe_unknown(key, likeness=0.8)):
            notes.append(_note(variable, 0, text))
