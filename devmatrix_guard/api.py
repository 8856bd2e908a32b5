"""The Python API: check a change, learn from a history, recall what a place has taught.

    from devmatrix_guard import api

    report = api.check("path/to/repository", range="main...HEAD")
    lessons = api.recall("path/to/repository", "shop/cart.py:40")

Each function is the command of its name without the command line: it takes plain values, returns
frozen ones, prints nothing and changes no working directory. What the user can correct is raised as
a `GuardError`, whose text says how. `docs/api.md` is the promise: names, arguments and attributes
that stand there are kept within a major version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from devmatrix_guard.errors import GuardError, UsageError

if TYPE_CHECKING:
    from devmatrix_guard.commands.learn.results.report import LearnReport
    from devmatrix_guard.model.answers.lesson import Recall
    from devmatrix_guard.model.report import CheckReport

__all__ = ["GuardError", "check", "learn", "recall"]


def check(
    repository: str | Path = ".",
    *,
    paths: Sequence[str] = (),
    range: str | None = None,
    everything: bool = False,
    texts: Mapping[str, str | bytes] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> CheckReport:
    """Check a change and return the report; nothing is written.

    Args:
        repository: a folder of the repository.
        paths: check these, from `repository`: their staged lines, or whole if nothing is staged.
        range: check what a range of commits changes, such as `main...HEAD`.
        everything: check every file, whole. With none of these four what is staged is checked.
        texts: check these texts as the files at these paths, whatever the files hold.
        settings: settings that win over those of the repository: `fail_on`, `on_warn`, `budget`,
            `jobs`, `semgrep`.

    Raises:
        GuardError: there is no repository, or what is asked for cannot be checked.
    """
    from devmatrix_guard.commands.check.arguments.arguments import make_request
    from devmatrix_guard.commands.check.arguments.request import GivenText
    from devmatrix_guard.commands.check.examine import examine_request

    start = Path(repository).absolute()
    given = {**(settings or {}), "range_text": range, "all_files": everything}
    given_texts = tuple(
        GivenText(str(start / path), text.encode() if isinstance(text, str) else text)
        for path, text in (texts or {}).items()
    )
    named = tuple(str(start / path) for path in paths)
    request = make_request(given, (*named, *(text.path for text in given_texts)))
    if given_texts:
        _refuse_two_subjects(is_also_asked=bool(named or range is not None or everything))
        request = request._replace(texts=given_texts)
    return examine_request(request, start)


def learn(
    repository: str | Path = ".",
    *,
    limit: int | None = None,
    since: str | None = None,
    again: bool = False,
    dry_run: bool = False,
) -> LearnReport:
    """Learn rules from the fixes in a history, and write them to `.guard/rules`.

    Args:
        repository: a folder of the repository.
        limit: read only the newest commits, this many.
        since: read only commits since this day, YYYY-MM-DD.
        again: read the whole history again, not only what is new.
        dry_run: write nothing.

    Raises:
        GuardError: there is no repository, the day is none, or rules cannot be written.
    """
    from devmatrix_guard.commands.learn.learn import learn as run
    from devmatrix_guard.commands.learn.learn import require_date

    day = require_date(since)
    return run(Path(repository), limit=limit, since=day, again=again, dry_run=dry_run)


def recall(repository: str | Path, subject: str) -> Recall:
    """Return what a place has taught, or what is known of a subject, the most useful first.

    Args:
        repository: a folder of the repository; a path in `subject` starts there.
        subject: a path, with `:LINE` or without, the name of a function, or any words.

    Raises:
        GuardError: there is no repository, or the subject is empty.
    """
    from devmatrix_guard.commands.memory.recall import recall as run

    return run(Path(repository), subject)


def _refuse_two_subjects(*, is_also_asked: bool) -> None:
    if is_also_asked:
        raise UsageError("texts exclude paths, range and everything; call check once for each.")
