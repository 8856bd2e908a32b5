"""What an interrupted build has behind it: a file beside the application, which git ignores.

Written as each phase ends, in one step, and only believed by a build of the same inputs on files
that are still the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devmatrix_guard import __version__
from devmatrix_guard.commands.build.phases import Phase
from devmatrix_guard.files import FileError, read_if_present, write_file
from devmatrix_guard.model.named_value import NamedValue

PATH = ".guard/cache/build.json"
_MOST_BYTES = 1 << 22


class Journal(NamedValue):
    """What was done, and on what.

    Attributes:
        key: hash of the inputs: spec, overlay, release, interpreter.
        files: hash of the application's files when the last phase ended; "" before they are there.
        run: id of the recorded run.
        phases: those that ended, by name.
        ended: whether the build came to its end.
    """

    key: str
    files: str = ""
    run: str = ""
    phases: Mapping[str, Phase] = {}
    ended: bool = False


def make_key(*inputs: str) -> str:
    """Return the hash of what a build is made from."""
    return hashlib.sha256("\0".join((__version__, *inputs)).encode()).hexdigest()


def hash_files(files: Mapping[str, str]) -> str:
    """Return one hash of all files of an application."""
    digest = hashlib.sha256()
    for path, text in sorted(files.items()):
        digest.update(f"{path}\0{len(text)}\0".encode("utf-8", "surrogateescape"))
        digest.update(text.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def read_journal(root: Path) -> Journal | None:
    """Return the journal of the last build in `root`; one that cannot be read is none."""
    try:
        data = read_if_present(root, PATH, _MOST_BYTES) if root.is_dir() else None
        return _parse(json.loads(data)) if data is not None else None
    except (FileError, AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return None


def write_journal(root: Path, journal: Journal) -> None:
    """Put the journal in the place of the last one."""
    record = journal._asdict() | {
        "phases": {name: phase._asdict() for name, phase in journal.phases.items()}
    }
    write_file(root, PATH, (json.dumps(record, indent=1) + "\n").encode())


def _parse(record: dict[str, Any]) -> Journal:
    phases = {
        str(name): Phase(
            str(name), facts["state"], float(facts["seconds"]), str(facts["text"]), facts["facts"]
        )
        for name, facts in record["phases"].items()
    }
    key, files, run = (str(record[name]) for name in ("key", "files", "run"))
    return Journal(key, files, run, phases, record["ended"] is True)
