"""Finds an installed semgrep and runs it once: offline, bounded in time, with a home of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.files import FileError, read_chosen, replace_file

OLDEST, TOO_NEW = (1, 100), (2, 0)
_PROBE_SECONDS = 60.0
_MAX_CACHE_BYTES = 1 << 16


class SemgrepError(Exception):
    """semgrep is absent, of another version, or failed; the text says which, as a reason."""


class Executable(NamedTuple):
    """A semgrep that may be run."""

    path: str
    version: str


_PROBED: dict[tuple[str, int, int], str] = {}


def find_semgrep(environ: Mapping[str, str] = os.environ, cache: Path | None = None) -> Executable:
    """Return the semgrep that `GUARD_SEMGREP_PATH` names, else the one on the PATH.

    Args:
        environ: where to look for both.
        cache: a folder that remembers the version, so that it is asked for only once.

    Raises:
        SemgrepError: there is none, or its version is not one that was tested.
    """
    named = environ.get("GUARD_SEMGREP_PATH")
    found = shutil.which(named or "semgrep", path=environ.get("PATH", os.defpath))
    if found is None:
        where = (
            f"GUARD_SEMGREP_PATH={named} is not a program" if named else "semgrep is not installed"
        )
        raise SemgrepError(where)
    version = _read_version(found, cache)
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if not OLDEST <= numbers < TOO_NEW:
        raise SemgrepError(f"semgrep {version} is not one of the versions tested (1.100 to 1.x)")
    return Executable(found, version)


def scan(executable: Executable, rules: Path, folder: Path, seconds: float) -> Mapping[str, Any]:
    """Return semgrep's JSON for the files in a folder.

    Raises:
        SemgrepError: it failed, or took longer than it may.
    """
    command = [
        executable.path, "scan", "--experimental", f"--config={rules}", "--json", "--quiet",
        "--metrics=off", "--disable-version-check", "--disable-nosem", "--no-git-ignore",
        "--no-rewrite-rule-ids", "--max-target-bytes=0", "--jobs=2", ".",
    ]  # fmt: skip
    code, output, errors = _run(command, folder, rules.parent, seconds)
    try:
        result = json.loads(output)
    except ValueError:
        lines = errors.decode("utf-8", "replace").strip().splitlines()
        said = lines[-1][:200] if lines else f"exit code {code}"
        raise SemgrepError(f"semgrep failed: {said}") from None
    if not isinstance(result, dict) or not isinstance(result.get("results"), list):
        raise SemgrepError("semgrep answered in a form this version does not know")
    return result


def _read_version(path: str, cache: Path | None) -> str:
    status = Path(path).stat()
    key = (path, status.st_mtime_ns, status.st_size)
    if key not in _PROBED:
        _PROBED[key] = _recall(cache, key) or _probe(path, cache, key)
    return _PROBED[key]


def _probe(path: str, cache: Path | None, key: tuple[str, int, int]) -> str:
    code, output, _ = _run([path, "--experimental", "--version"], None, None, _PROBE_SECONDS)
    lines = output.decode("ascii", "replace").split()
    if code or not lines:
        raise SemgrepError("the semgrep that is installed does not start")
    if cache is not None:
        _remember(cache, {"key": list(key), "version": lines[-1]})
    return lines[-1]


def _recall(cache: Path | None, key: tuple[str, int, int]) -> str | None:
    if cache is None:
        return None
    try:
        data = json.loads(read_chosen(cache / "semgrep.json", _MAX_CACHE_BYTES))
        return str(data["version"]) if data["key"] == list(key) else None
    except (FileError, ValueError, KeyError, TypeError):
        return None


def _remember(cache: Path, data: Mapping[str, Any]) -> None:
    """Keep the version; where that is not possible it is asked for again next time."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        replace_file(cache / "semgrep.json", json.dumps(data).encode())
    except OSError:
        return


def _run(
    command: list[str], folder: Path | None, home: Path | None, seconds: float
) -> tuple[int, bytes, bytes]:
    """Run a command in a process group of its own, which ends with it."""
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_build_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise SemgrepError(f"semgrep cannot be started: {error.strerror}") from error
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise SemgrepError(f"semgrep took longer than {seconds:g} s") from None
    finally:
        if process.poll() is None:
            _end_group(process)
            process.communicate()
    return process.returncode, output, errors


def _end_group(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:  # no groups: its children end when its pipes close
        process.kill()


def _build_environment(home: Path | None) -> dict[str, str]:
    """Return an environment in which semgrep asks no network and writes nothing of the user's."""
    quiet = {
        "SEMGREP_SEND_METRICS": "off",
        "SEMGREP_ENABLE_VERSION_CHECK": "0",
        "PYTHONWARNINGS": "ignore",
    }
    if home is not None:
        quiet["SEMGREP_SETTINGS_FILE"] = str(home / "settings.yml")
        quiet["SEMGREP_LOG_FILE"] = str(home / "semgrep.log")
        quiet["SEMGREP_VERSION_CACHE_PATH"] = str(home / "version")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEMGREP_")}
    return {**kept, **quiet}
