"""Keys of the HTTP API: made here, shown once, kept as hashes in git's own folder.

No commit can put a key there, and whoever reads the file cannot use one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.errors import SettingsError, UsageError
from devmatrix_guard.file_lock import lock_descriptor, open_lock
from devmatrix_guard.files import FileError, read_if_present, replace_file
from devmatrix_guard.git.repository import find_own_folder, find_repository

READ, WRITE, ADMIN = "read", "write", "admin"
SCOPES = (READ, WRITE, ADMIN)
# What a scope allows beside itself.
_INCLUDED = {READ: {READ}, WRITE: {READ, WRITE}, ADMIN: {READ, WRITE, ADMIN}}
_FILE = "api-keys.json"
_LOCK = "api-keys.lock"
_MAX_BYTES = 1 << 20
_PREFIX = "guard_"
_NAME = re.compile(r"[\w.@ -]{1,64}")
_ID = 8


class ApiKey(NamedTuple):
    """A key as it is kept: the hash of its secret, and what it allows."""

    id: str
    name: str
    digest: str
    scopes: tuple[str, ...]
    created_at: str

    def allows(self, scope: str) -> bool:
        """Tell whether the key allows what a scope stands for."""
        return any(scope in _INCLUDED[own] for own in self.scopes)


class RevokedMeanwhileError(UsageError):
    """The key that asks for a change of the keys was revoked since it was let in."""


def add_key(start: Path, name: str, scopes: Sequence[str], *, by: str = "") -> tuple[ApiKey, str]:
    """Make a key; return it, and the text that is its secret, which is not kept.

    Args:
        start: a folder of the project.
        name: what it is called.
        scopes: what it allows.
        by: the id of the key that asks, where one does.

    Raises:
        UsageError: the name or a scope makes no sense, or there is no repository.
        RevokedMeanwhileError: the key that asks is none any more.
    """
    if not _NAME.fullmatch(name):
        raise UsageError("a key's name is up to 64 letters, digits, blanks and `.@-_`.")
    wrong = sorted(set(scopes) - set(SCOPES))
    if wrong or not scopes:
        raise UsageError(f"a key's scopes are {', '.join(SCOPES[:-1])} or {SCOPES[-1]}.")
    key_id = secrets.token_hex(_ID // 2)
    text = f"{_PREFIX}{key_id}_{secrets.token_urlsafe(32)}"
    chosen = tuple(scope for scope in SCOPES if scope in scopes)
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    key = ApiKey(key_id, name, _hash(text), chosen, now)
    with _hold_keys(start, by) as (folder, keys):
        if any(other.name == name for other in keys):
            raise UsageError(f"there is a key `{name}` already; revoke it, or choose another name.")
        _write(folder, [*keys, key])
    return key, text


def list_keys(start: Path) -> tuple[ApiKey, ...]:
    """Return the keys, the oldest first; none outside of a repository.

    Raises:
        SettingsError: the file cannot be read.
    """
    folder = _find_folder(start)
    if folder is None or not folder.is_dir():
        return ()
    try:
        content = read_if_present(folder, _FILE, _MAX_BYTES)
        records = json.loads(content) if content else []
        return tuple(ApiKey(**{**r, "scopes": tuple(r["scopes"])}) for r in records)
    except (FileError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SettingsError(
            f"{folder / _FILE} cannot be read; delete it, and make the keys again."
        ) from error


def revoke_key(start: Path, name: str, *, by: str = "") -> ApiKey:
    """Forget a key, named by its name or id.

    Args:
        start: a folder of the project.
        name: the key's name or id.
        by: the id of the key that asks, where one does. Of two that revoke each other at once, one
            stays.

    Raises:
        UsageError: there is none.
        RevokedMeanwhileError: the key that asks is none any more.
    """
    with _hold_keys(start, by) as (folder, keys):
        found = next((key for key in keys if name in (key.name, key.id)), None)
        if found is None:
            raise UsageError(f"there is no key `{name}`; `guard serve keys list` shows them.")
        _write(folder, [key for key in keys if key != found])
    return found


def find_key(keys: Sequence[ApiKey], text: str) -> ApiKey | None:
    """Return the key whose secret a text is, compared in constant time."""
    digest = _hash(text)
    found = None
    for key in keys:
        if hmac.compare_digest(key.digest, digest):
            found = key
    return found


def mark_keys(start: Path) -> object:
    """Return what differs after every change of the keys."""
    folder = _find_folder(start)
    if folder is None:
        return None
    try:
        stat = (folder / _FILE).stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _find_folder(start: Path) -> Path | None:
    root = find_project_root(start)
    if (root / ".git").is_dir():
        return root / ".git" / "guard"
    return find_own_folder(find_repository(root)) if (root / ".git").exists() else None


@contextmanager
def _hold_keys(start: Path, by: str) -> Iterator[tuple[Path, tuple[ApiKey, ...]]]:
    """Give git's folder and the keys, which no other process changes meanwhile."""
    folder = _find_folder(start)
    if folder is None:
        raise UsageError("keys are kept in git's folder; run `git init` first.")
    try:
        folder.mkdir(exist_ok=True)
        lock = open_lock(folder / _LOCK)
    except OSError as error:
        raise SettingsError(f"{folder / _LOCK} cannot be written: {error.strerror}.") from error
    try:
        lock_descriptor(lock, wait=True)
        keys = list_keys(start)
        if by and all(key.id != by for key in keys):
            raise RevokedMeanwhileError("this key was revoked meanwhile; ask with another one.")
        yield folder, keys
    finally:
        os.close(lock)


def _write(folder: Path, keys: Sequence[ApiKey]) -> None:
    records = [key._asdict() for key in keys]
    try:
        replace_file(folder / _FILE, json.dumps(records, indent=1).encode(), mode=0o600)
    except OSError as error:
        raise SettingsError(f"{folder / _FILE} cannot be written: {error.strerror}.") from error


def _hash(text: str) -> str:
    """Return the hash of a secret of 256 random bits, for which no slow hash is needed."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
