"""Looks at everything a check depends on; each line that is not well comes with its remedy."""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from devmatrix_guard import __version__
from devmatrix_guard.commands.setup.init import find_manager, guard_entries, read_hooks_path
from devmatrix_guard.commands.setup.setup_edits import locate_file, read_text
from devmatrix_guard.commands.setup.setup_texts import HOOK_COMMAND
from devmatrix_guard.commands.setup.source import PACKAGE
from devmatrix_guard.config import Settings, find_shipped_rules, read_settings
from devmatrix_guard.errors import GuardError, MissingExtraError
from devmatrix_guard.files import read_if_present
from devmatrix_guard.git.process import run_git
from devmatrix_guard.git.repository import (
    NotARepositoryError,
    Repository,
    find_own_folder,
    find_repository,
)

OLDEST_GIT = (2, 25)
_PROMISED = "--missing=allow-promisor"  # in a partial clone others have them
_BRING_BACK = "git fsck names them; fetch them from another clone, or clone again"
_HOOK_RUNS = 5
_LATE_SECONDS = 60.0
_ANSWER_SECONDS = 3.0
# setting: the extra that it needs, its module, and the usual port
_FOLLOWERS = {
    "vectors": ("qdrant", "qdrant_client", 6333),
    "graph": ("neo4j", "neo4j", 7687),
    "sync": ("nats", "nats", 4222),
}


class Line(NamedTuple):
    """One thing that was looked at; `state` is `ok`, `hint` (works, could be better) or `fault`."""

    state: str
    text: str
    remedy: str = ""


def diagnose(start: Path) -> Iterator[Line]:
    """Yield a line on each thing a check at `start` depends on."""
    yield _check_git_version(start)
    try:
        repository = find_repository(start)
    except NotARepositoryError as error:
        yield Line("fault", str(error), "git init, or go to a repository")
        return
    except GuardError as error:
        yield Line("fault", str(error))
        return
    root = repository.root
    yield _check_depth(repository)
    yield from _check_hooks(root)
    settings = Settings()
    try:
        settings, notes = read_settings("", lambda path: read_if_present(root, path))
        yield Line("ok", "the settings are valid")
        for note in notes:
            yield Line("hint", f"{note.path}: {note.text}", "correct or delete that key")
    except GuardError as error:
        yield Line("fault", str(error), "correct the settings file")
    yield from _check_rules(root, settings)
    yield _cache(repository)
    yield _check_memory(root, settings)
    yield from _check_followers(root, settings)
    yield _check_semgrep()
    yield _measure_hook(root)


def _check_git_version(start: Path) -> Line:
    code, answer, _ = run_git(start, "--version")
    numbers = re.search(rb"(\d+)\.(\d+)", answer)
    if code or not numbers:
        return Line("fault", "git does not run", "install git 2.25 or newer")
    version = (int(numbers[1]), int(numbers[2]))
    text = answer.decode(errors="replace").strip()
    if version < OLDEST_GIT:
        return Line("fault", f"{text} is too old", "install git 2.25 or newer")
    return Line("ok", text)


def _check_depth(repository: Repository) -> Line:
    if repository.is_shallow:
        return Line("hint", "the clone is shallow: little to learn from", "git fetch --unshallow")
    # Every commit, and all that the newest holds: what a check and a learning cannot do without.
    for asked in (("--count",), ("--max-count=1", "--objects", "--quiet", _PROMISED)):
        code, _, errors = run_git(repository.root, "rev-list", *asked, "HEAD", "--")
        if code and "bad revision" not in errors:  # that is a HEAD without a commit yet
            said = (errors.splitlines() or ["git rev-list failed"])[0].partition(": ")[2]
            return Line("fault", f"objects are missing or damaged: {said}", _BRING_BACK)
    return Line("ok", "the whole history is here")


def _check_hooks(root: Path) -> Iterator[Line]:
    if path := read_hooks_path(root):
        yield Line("hint", f"core.hooksPath is {path}", f"call {HOOK_COMMAND} from the hook there")
    manager, config = find_manager(root)
    file = root / config
    hook = locate_file(root, "git:hooks/pre-commit")
    hook_text = read_text(root, "git:hooks/pre-commit") if hook.is_file() else ""
    if HOOK_COMMAND in hook_text:
        if os.access(hook, os.X_OK):
            yield Line("ok", "the git hook calls guard")
        else:
            yield Line("fault", "git does not run the hook: no program", f"chmod +x '{hook}'")
        return
    if not file.is_file() or ("guard" not in read_text(root, config)):
        yield Line("hint", "no hook is set up", "guard init")
        return
    yield Line("ok", f"guard is in {config}")
    yield from _check_pins(config, read_text(root, config))
    installs_itself = manager == "husky"
    if not installs_itself and not hook_text:
        yield Line("fault", f"{manager} has not installed its git hook", f"{manager} install")


def _check_pins(config: str, text: str) -> Iterator[Line]:
    for repo, hook in guard_entries(_parse_config(config, text)):
        revision = str(repo.get("rev", "")) or _find_pinned_version(hook)
        if not revision:
            yield _check_installed_command()
        elif revision.removeprefix("v") == __version__:
            yield Line("ok", f"{config} pins this version, {revision}")
        else:
            yield Line(
                "hint",
                f"{config} pins {revision}, and {__version__} is installed",
                f"set rev to v{__version__}, or install {revision}",
            )


def _find_pinned_version(hook: dict[str, Any]) -> str:
    """Return the version a local entry has the runner install, empty where it has none."""
    packages = hook.get("additional_dependencies")
    named = [str(one).partition("==") for one in packages] if isinstance(packages, list) else []
    return next((version for name, _, version in named if name == PACKAGE), "")


def _check_installed_command() -> Line:
    if shutil.which(HOOK_COMMAND):
        return Line("ok", f"{HOOK_COMMAND} is on the PATH")
    return Line("fault", f"{HOOK_COMMAND} is not on the PATH", "activate the environment it is in")


def _parse_config(config: str, text: str) -> object:
    if config.endswith(".toml"):
        import tomllib

        try:
            return tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError):
            return None
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError):
        return None


def _check_rules(root: Path, settings: Settings) -> Iterator[Line]:
    from devmatrix_guard.engine.rules.compile import compile_rules
    from devmatrix_guard.engine.rules.load import load_rules

    for place in settings.rules:
        if place not in Settings().rules and not (root / place).exists():
            text = f"the settings look for rules in {place}, and there are none"
            yield Line("fault", text, "correct `rules` in the settings")
    places = [root / place for place in settings.rules]
    loaded = [load_rules(place, root=root) for place in places]
    if settings.shipped:
        loaded.append(load_rules(find_shipped_rules(), origin="shipped"))
    errors = [error for part in loaded for error in part.errors]
    compiled = compile_rules([rule for part in loaded for rule in part.rules], errors)
    for error in errors:
        yield Line(
            "fault", f"{error.path}:{error.line}: {error.text}", "correct or delete that rule"
        )
    refused = len(compiled.refused)
    text = f"{len(compiled.in_process)} rules run in process"
    if refused:
        text += f", {refused} need semgrep"
    yield Line("ok", text)


def _cache(repository: Repository) -> Line:
    folder = find_own_folder(repository)
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK):
        return Line("ok", "the cache in git's folder can be written")
    return Line(
        "hint",
        f"{nearest} cannot be written: rules are compiled again for each check",
        "chmod u+w it",
    )


def allow_memory(start: Path) -> str:
    """Agree to the memory that the settings here name, and say what was agreed to.

    Raises:
        MemoryStoreError: the consent cannot be written down.
    """
    from devmatrix_guard.commands.project import find_project_root
    from devmatrix_guard.config import PLACES, ForeignPlace, load_settings
    from devmatrix_guard.memory.consent import give_consent
    from devmatrix_guard.reports.redact import redact

    root, settings = find_project_root(start), load_settings(start)
    named = (settings.memory, *(getattr(settings, name) for name in PLACES))
    foreign: list[str] = [place for place in named if isinstance(place, ForeignPlace)]
    for location in foreign or [settings.memory]:
        place = give_consent(location, root)
    shown = ", ".join(map(redact, foreign or [settings.memory]))
    return f"allowed: {shown} for {root}, written down in {place}"


def _check_memory(root: Path, settings: Settings) -> Line:
    from devmatrix_guard.commands.memory.followers import describe_progress
    from devmatrix_guard.commands.project_memory import open_project_memory
    from devmatrix_guard.memory.base import CorruptMemoryError
    from devmatrix_guard.memory.connect import is_server, memory_exists
    from devmatrix_guard.memory.followers.outbox import Outbox

    try:
        if not memory_exists(settings.memory, root):
            return Line("hint", "nothing has been learned here yet", "guard learn")
        memory = open_project_memory(settings, root, create=False)
    except CorruptMemoryError as error:
        return Line("fault", str(error), "guard learn")
    except GuardError as error:
        return Line("fault", str(error), "correct `memory` in the settings, or repair the server")
    with memory:
        progress = Outbox(memory.database).measure()
    kind = "server" if is_server(settings.memory) else "embedded"
    late = [one for one in progress if one.seconds > _LATE_SECONDS or one.dead]
    if late:
        what = "; ".join(map(describe_progress, late))
        return Line("hint", f"the memory answers ({kind}), but {what}", "guard memory sync")
    follow = f", followed by {len(progress)}" if progress else ""
    return Line("ok", f"the memory answers ({kind}{follow})")


def _check_followers(root: Path, settings: Settings) -> Iterator[Line]:
    """Say of each server that follows the memory whether it takes connections; none is changed."""
    from devmatrix_guard.memory.consent import require_consent

    for name, (extra, module, port) in _FOLLOWERS.items():
        location: str = getattr(settings, name)
        if "://" not in location:
            continue
        try:
            require_consent(location, root)
            parts = urlsplit(location)
            address = (parts.hostname or "", parts.port or port)
            if find_spec(module) is None:
                raise MissingExtraError(extra, f"`{name}`")
            socket.create_connection(address, _ANSWER_SECONDS).close()
        except GuardError as error:
            yield Line("fault", str(error), f"as it says, or take `{name}` out of the settings")
        except ValueError:
            yield Line("fault", f"`{name}` is no address", f"correct `{name}` in the settings")
        except OSError:
            shown = f"{address[0]}:{address[1]}"
            text = f"`{name}` does not answer at {shown}; nothing is lost meanwhile"
            yield Line("hint", text, f"start it, or correct `{name}`")
        else:
            yield Line("ok", f"`{name}` answers at {address[0]}:{address[1]}")


def _check_semgrep() -> Line:
    if found := shutil.which("semgrep"):
        return Line("ok", f"semgrep is at {found}")
    remedy = "pip install 'devmatrix-guard[semgrep]' where rules need it"
    return Line("hint", "semgrep is not installed: rules that need it are deferred", remedy)


def _measure_hook(root: Path) -> Line:
    """Time the hook as git would start it: median, because one run says nothing."""
    program = shutil.which(HOOK_COMMAND)
    if not program:
        return Line("hint", f"{HOOK_COMMAND} is not on the PATH: not timed", "activate its venv")
    times = []
    for _ in range(_HOOK_RUNS):
        began = time.perf_counter()
        subprocess.run([program, "--on-warn=show"], cwd=root, capture_output=True, check=False)
        times.append(time.perf_counter() - began)
    return Line("ok", f"the hook takes {statistics.median(times) * 1000:.0f} ms (median of 5)")
