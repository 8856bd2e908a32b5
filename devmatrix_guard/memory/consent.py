"""The user's consent to a memory outside of the repository that the repository itself asks for.

Whoever writes a repository's settings could otherwise have its users' code sent to a server of
theirs, or files of the users' machines written. Consent is given once, for one repository and one
place, and kept in the user's own configuration, where no commit can give it.
"""

from __future__ import annotations

import os
from pathlib import Path

from devmatrix_guard.config import ForeignPlace
from devmatrix_guard.errors import MemoryStoreError
from devmatrix_guard.files import AbsentFileError, FileError, read_chosen, replace_file

_MAX_BYTES = 1 << 20


def require_consent(location: str, root: Path) -> None:
    """Refuse a memory outside of the repository that its settings name and nobody agreed to.

    Raises:
        MemoryStoreError: the user has not agreed; the message says how to.
    """
    if isinstance(location, ForeignPlace) and _line(location, root) not in _read_lines():
        raise MemoryStoreError(
            "the settings of this repository put the memory elsewhere than in it, and you have not "
            "agreed to that; `guard doctor --allow-memory` shows the place and allows it, or set "
            "GUARD_MEMORY."
        )


def give_consent(location: str, root: Path) -> Path:
    """Write down that the user agrees to the memory this repository names; return where.

    Raises:
        MemoryStoreError: it cannot be written.
    """
    place = _consent_file()
    lines = dict.fromkeys([*_read_lines(), _line(location, root)])
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
    except OSError as error:
        raise MemoryStoreError(f"{place} cannot be written: {error.strerror}.") from error
    return place


def _consent_file() -> Path:
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "devmatrix-guard" / "memories"


def _line(location: str, root: Path) -> str:
    return ascii((str(root.resolve()), str(location)))


def _read_lines() -> list[str]:
    try:
        return read_chosen(_consent_file(), _MAX_BYTES).decode("utf-8", "replace").splitlines()
    except AbsentFileError:
        return []
    except (FileError, RuntimeError):  # no home folder
        return []
