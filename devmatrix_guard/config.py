"""Settings: defaults, then the nearest settings file, then GUARD_* variables, then flags."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.errors import SettingsError


class Settings(NamedTuple):
    """Everything a user can set; names equal the keys in `[tool.guard]` with underscores.

    `rules` are files or folders relative to the repository's root; `exclude` are globs;
    `max_file_kb` bounds a checked file; `budget` is seconds or None for no bound;
    `layers` maps a layer number to path globs; `memory` is a path or a server's URL.
    """

    rules: tuple[str, ...] = (".guard/rules",)
    shipped: bool = True
    exclude: tuple[str, ...] = ()
    fail_on: str = "block"
    max_file_kb: int = 1024
    budget: float | None = None
    semgrep: bool = False
    memory: str = ".guard/memory.db"
    layers: Mapping[str, tuple[str, ...]] = {}


def shipped_rules_path() -> Path:
    """Return the folder of the rules that come with the package."""
    package = Path(__file__).parent
    installed = package / "shipped_rules"
    return installed if installed.is_dir() else package.parent / "rules"


def find_settings_file(start: Path) -> Path | None:
    """Return the nearest `guard.toml`, or `pyproject.toml` with a `[tool.guard]` table."""
    for folder in (start, *start.parents):
        if (folder / "guard.toml").is_file():
            return folder / "guard.toml"
        pyproject = folder / "pyproject.toml"
        if pyproject.is_file() and b"[tool.guard" in pyproject.read_bytes():
            return pyproject
        if (folder / ".git").exists():
            return None
    return None


def load_settings(start: Path, flags: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings in force for the folder `start`.

    Raises:
        SettingsError: a file that is not TOML, or a value of the wrong kind.
    """
    values: dict[str, Any] = {}
    path = find_settings_file(start)
    if path is not None:
        values.update(_read_table(path))
    values.update(_from_environment(os.environ))
    values.update({k: v for k, v in (flags or {}).items() if v is not None})
    known: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in values.items()
        if key in Settings._fields
    }
    return Settings(**known)


def _read_table(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path.name} cannot be read: {error}; mend the file.") from error
    table = data if path.name == "guard.toml" else data.get("tool", {}).get("guard", {})
    return {key.replace("-", "_"): value for key, value in table.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in ("fail_on", "memory"):
        text = environ.get(f"GUARD_{name.upper()}")
        if text:
            values[name] = text
    return values
