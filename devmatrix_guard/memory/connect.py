"""Choose and open the memory that the settings name."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from devmatrix_guard.config import is_outside
from devmatrix_guard.errors import MemoryStoreError, UsageError
from devmatrix_guard.files import FileError, check_place
from devmatrix_guard.memory.consent import require_consent
from devmatrix_guard.model.knowledge.repository import Repository

if TYPE_CHECKING:
    from devmatrix_guard.memory.base import Memory

_LOGS = ("-wal", "-shm", "-journal")
# `postgresql:/host/db`, `postgresql//host`, `//user:password@host`, `host=db password=word`.
_LIKE_AN_ADDRESS = re.compile(
    r"\W*postgres\w*(:|//)|/*[^/]+:[^/]*@|.*\b(host|hostaddr|user|password|dbname)\s*=",
    re.IGNORECASE,
)
_POSTGRES = ("postgresql", "postgres")


def open_memory(
    location: str,
    root: Path,
    *,
    repository: Repository | None = None,
    create: bool = True,
    verify: bool = False,
) -> Memory:
    """Open the memory at `location`: a path, taken from `root` unless absolute, or a server's URL.

    Args:
        location: the setting `memory`.
        root: the repository's root.
        repository: whose facts are written and read; without one, the memory has one for all.
        create: make the memory if there is none; a reading command says False.
        verify: read all of a file first, so that damage is found now and not halfway; a server
            looks after its own files.

    Raises:
        UsageError: a kind of memory that this release does not have.
        MissingExtraError: what a server needs is not installed.
        CorruptMemoryError: the file is damaged; `set_aside_corrupt` moves it out of the way.
        MemoryStoreError: it is absent, newer than this release, locked or cannot be written.
    """
    require_consent(location, root)
    if is_server(location):
        from devmatrix_guard.memory.postgres.memory import open_postgres  # likewise

        return open_postgres(location, repository or Repository(), create=create)
    path = find_path(location, root)
    if not create and not path.exists():
        where = "" if _is_in_git(root) else ", in a git repository"
        raise MemoryStoreError(f"there is no memory at {path} yet; run `guard learn` first{where}.")
    from devmatrix_guard.memory.sqlite.memory import open_sqlite  # SQLite only where it is opened

    return open_sqlite(path, repository or Repository(), verify=verify)


def _is_in_git(root: Path) -> bool:
    return any((folder / ".git").exists() for folder in (root, *root.parents))


def memory_exists(location: str, root: Path) -> bool:
    """Tell whether there is a memory at `location`; nothing is made.

    Raises:
        UsageError: a kind of memory that this release does not have.
        MemoryStoreError: a server does not answer.
    """
    require_consent(location, root)
    if is_server(location):
        from devmatrix_guard.memory.postgres.memory import has_postgres_memory

        return has_postgres_memory(location)
    return find_path(location, root).exists()


def is_server(location: str) -> bool:
    """Tell whether a location is the URL of a server, and not a path.

    Raises:
        UsageError: a server of a kind that this release does not speak to, or an address with a
            slip in it: as a path, it would have folders made that are called by a password.
    """
    scheme, separator, _ = location.partition("://")
    if separator and scheme not in _POSTGRES:
        raise UsageError(
            f"a memory on `{scheme}` is not available in this release; "
            "set `memory` to a path, for example `.guard/memory.db`, or to `postgresql://…`."
        )
    if not separator and _LIKE_AN_ADDRESS.match(location):
        raise UsageError(
            "`memory` reads like the address of a server and is none; write it as "
            "`postgresql://USER@HOST:5432/DATABASE`, or set `memory` to a path."
        )
    return bool(separator)


def find_path(location: str, root: Path) -> Path:
    """Return where a memory that is a file lies.

    Args:
        location: the setting `memory`.
        root: what it is relative to.

    Raises:
        UsageError: it is empty, or the home that it names is not here.
        MemoryStoreError: it holds control characters, or a link or no file stands there.
    """
    if not location.strip():
        raise UsageError("`memory` is empty; set it to a path, for example `.guard/memory.db`.")
    if any(letter < " " or letter == "\x7f" for letter in location):
        raise MemoryStoreError(
            "`memory` holds a line break or another control letter; set `memory` to another path."
        )
    if not is_outside(location):
        try:
            for suffix in ("", *_LOGS):  # SQLite opens these by their names; a pipe would hang it
                check_place(root, f"{location}{suffix}")
        except FileError as error:
            raise MemoryStoreError(
                f"the memory cannot be opened: {error} Or set `memory` to another path."
            ) from error
    place = os.path.expanduser(location)  # noqa: PTH111 - a Path's own fails without a home folder
    if place.startswith("~"):
        raise UsageError(
            f"`memory` is `{location}`, and that home is not here; write the whole path."
        )
    path = root / place
    if path.exists() and not path.is_file():  # a device would be written to, beside a log of it
        raise MemoryStoreError(
            f"the memory {path} is not a regular file; set `memory` to another path."
        )
    return path


def set_aside_corrupt(location: str, root: Path) -> Path:
    """Rename a damaged memory to `NAME.corrupt-N`, untouched, and return its new path.

    Its write-ahead log goes with it, so that whoever wants to rescue it has everything.

    Raises:
        MemoryStoreError: the file cannot be renamed.
    """
    path = find_path(location, root)
    number = 1
    while (aside := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    try:
        for suffix in _LOGS:
            log = path.with_name(path.name + suffix)
            if log.exists():
                log.replace(aside.with_name(aside.name + suffix))
        path.replace(aside)
    except OSError as error:
        raise MemoryStoreError(
            f"{path} cannot be moved aside ({error.strerror}); rename it yourself and run again."
        ) from error
    return aside
