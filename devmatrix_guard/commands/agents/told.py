"""What an agent was told in a session, so that it hears the lessons of a file once."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from devmatrix_guard.errors import UsageError
from devmatrix_guard.files import read_chosen, replace_file

_PLACE = "guard/agents.json"
_MAX_BYTES = 1 << 20
_MAX_SESSIONS = 20
_MAX_NAMES = 500


def note_new(git_dir: str, session: str, names: Sequence[str]) -> list[str]:
    """Return the names a session has not heard yet, and write down that it has now.

    A place that cannot be read or written counts as one where nothing was told.

    Args:
        git_dir: git's folder of the work tree, where this is kept.
        session: the agent's own name for its session.
        names: what it is to be told.
    """
    place = os.path.join(git_dir, _PLACE)  # noqa: PTH118
    sessions = _read(place)
    known = sessions.pop(session[:200], [])
    new = [name for name in dict.fromkeys(names) if name not in known]
    if not new:
        return []
    sessions[session[:200]] = [*known, *new][-_MAX_NAMES:]
    kept = dict(list(sessions.items())[-_MAX_SESSIONS:])
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
        replace_file(place, json.dumps(kept).encode())
    except OSError:
        pass
    return new


def _read(place: str) -> dict[str, list[str]]:
    try:
        data = json.loads(read_chosen(place, _MAX_BYTES))
    except (UsageError, ValueError, RecursionError):
        return {}
    if not isinstance(data, dict):
        return {}
    lists = ((key, names) for key, names in data.items() if isinstance(names, list))
    return {key: [name for name in names if isinstance(name, str)] for key, names in lists}
