"""A repository with one rule, the real entry points, and a watch over index and work tree."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.helpers import commit, git, make_repo, stage, write_tree
from tests.helpers_fork import run_entry

RULE = """\
rules:
  - id: no-old-call
    languages: [python]
    severity: ERROR
    message: old_call is gone; abs takes the same arguments.
    pattern: old_call($X)
    fix: abs($X)
    metadata:
      guard:
        examples:
          - invalid: "x = old_call(1)\\n"
            fixed: "x = abs(1)\\n"
"""
BAD = "x = old_call(1)\n"
GOOD = "x = abs(1)\n"
SETTINGS = "shipped = false\n"


class Result(NamedTuple):
    """What a run of an entry point came to."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON on standard output."""
        parsed: dict[str, Any] = json.loads(self.out)
        return parsed

    @property
    def places(self) -> list[tuple[str, int]]:
        """Path and first line of each finding in the JSON."""
        return [(f["path"], f["start_line"]) for f in self.report["findings"]]

    @property
    def skipped(self) -> dict[str, str]:
        """Reason by path of each skip in the JSON."""
        return {skip["path"]: skip["reason"] for skip in self.report["skipped"]}


def run(
    entry: str,
    cwd: Path,
    *args: str | bytes,
    env: Mapping[str, str | None] | None = None,
    stdin: bytes = b"",
) -> Result:
    """Run `guard` or `guard-hook` as users do; None in `env` takes a variable away."""
    environ = {**os.environ, **(env or {})}
    given = {name: value for name, value in environ.items() if value is not None}
    done = run_entry(entry, *args, cwd=cwd, environment=given, stdin=stdin)
    result = Result(
        done.returncode,
        done.stdout.decode("utf-8", "surrogateescape"),
        done.stderr.decode("utf-8", "surrogateescape"),
    )
    assert "Traceback" not in result.err, result.err
    assert result.code != 3, result.err
    return result


class World:
    """A repository whose only rule is `RULE`, committed together with `a.py`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def make(cls, root: Path) -> World:
        make_repo(root, {".guard/rules/old.yml": RULE, "guard.toml": SETTINGS, "a.py": GOOD})
        return cls(root)

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "Change") -> str:
        return commit(self.root, files, message)

    def stage(self, files: Mapping[str, str | bytes | None]) -> None:
        stage(self.root, files)

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        write_tree(self.root, files)

    def git(self, *args: str) -> str:
        return git(self.root, *args)

    def hook(self, *args: str | bytes, **more: Any) -> Result:
        """Run the hook and make sure that nothing was touched."""
        return self._watched("guard-hook", *args, **more)

    def check(self, *args: str | bytes, **more: Any) -> Result:
        """Run `guard check` and make sure that nothing was touched."""
        return self._watched("guard", "check", *args, **more)

    def json(self, *args: str | bytes, **more: Any) -> Result:
        """Run `guard check` for its JSON, untouched as well."""
        return self.check("--format", "json", *args, **more)

    def fix(self, *args: str | bytes, **more: Any) -> Result:
        """Run `guard check --fix`; the index must stay as it is."""
        before = self._index()
        result = run("guard", more.pop("cwd", self.root), "check", "--fix", *args, **more)
        assert self._index() == before, "a fix reached the index"
        return result

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def _watched(self, entry: str, *args: str | bytes, **more: Any) -> Result:
        before = self._state()
        result = run(entry, more.pop("cwd", self.root), *args, **more)
        after = self._state()
        assert after == before, "index or work tree were touched"
        return result

    def _state(self) -> tuple[bytes | None, dict[str, tuple[int, bytes]]]:
        return self._index(), _files(self.root)

    def _index(self) -> bytes | None:
        index = self.root / ".git" / "index"
        return index.read_bytes() if index.is_file() else None


def _files(root: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and content of every file outside `.git`."""
    found = {}
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = [name for name in folders if name != ".git"]
        for name in [*names, *(n for n in folders if (here / n).is_symlink())]:
            place = here / name
            mode = place.lstat().st_mode
            regular = stat.S_ISREG(mode)
            content = place.read_bytes() if regular else os.fsencode(place.readlink())
            found[place.relative_to(root).as_posix()] = (mode, content)
    return found
