"""What a check of the staged change does in a clone in which nothing has been learned."""

from __future__ import annotations

import sys

from devmatrix_guard.commands.check.context import CheckContext
from devmatrix_guard.commands.learn.first_use import is_started, start_first_learning
from devmatrix_guard.git.repository import resolve_commit

_UNLEARNED = (
    "Nothing has been learned in this clone: undone fixes and lost tests go\n"
    "unnoticed until `guard learn` has run."
)
_STARTED = (
    "Nothing had been learned in this clone: learning from its fixes goes on in the\n"
    "background; until it is done, undone fixes and lost tests go unnoticed."
)


def begin_or_tell(context: CheckContext, *, is_verbose: bool) -> str:
    """Start learning where a hook asks, and return what is to be said, empty for nothing.

    Args:
        context: what is checked.
        is_verbose: whether it is to be said where nobody may be reading.
    """
    repo = context.place.repo
    if repo is None or resolve_commit(repo, "HEAD") is None:
        return ""
    if context.is_hook:
        start_first_learning(repo, context.rules.settings("").learn_on_first_use)
    if not is_verbose and (context.is_hook or not sys.stderr.isatty()):
        return ""
    return _STARTED if is_started(repo) else _UNLEARNED
