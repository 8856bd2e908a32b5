"""Which tests the files that start pytest run, before a change and after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from devmatrix_guard.mining.regression.calls import Calls, read_calls
from devmatrix_guard.mining.regression.runner import Exclusion


def join_calls(texts: Mapping[str, bytes]) -> Calls:
    """Return the calls of several files.

    Args:
        texts: the files by their paths.
    """
    joined = Calls()
    for path, text in texts.items():
        joined = joined.join(read_calls(path, text))
    return joined


def find_dropped(
    before: Calls,
    after: Calls,
    path: str,
    tests: Mapping[str, Sequence[str]],
    elsewhere: Calls | None = None,
) -> Iterator[tuple[str, str, Exclusion]]:
    """Yield (path, name, why) of the tests that were run and are run no more.

    Args:
        before, after: what is started on both sides of a change.
        path: the file that changes.
        tests: names of tests by path.
        elsewhere: what other changed files start now; None where `before` and `after` are all that
            is known, as workflows are.
    """
    is_all = elsewhere is None
    if not before.calls or (after.is_open and (is_all or not before.is_open)):
        return
    if (is_all and before.is_open) or not (is_all or after.calls):
        return
    others = elsewhere or Calls()
    for test, names in tests.items():
        for name in names:
            if not before.runs(test, name) or after.runs(test, name) or others.runs(test, name):
                continue
            yield test, name, _explain(after, path, test, name, is_all=is_all)


def _explain(after: Calls, path: str, test: str, name: str, *, is_all: bool) -> Exclusion:
    for call in after.calls:
        if call.is_unheard and call.settings.find_exclusion(test, name) is None:
            text = f"a failure of `{call.text}` no longer counts"
            return Exclusion(path, call.text, text)
    if is_all:
        return Exclusion(path, "pytest", "no workflow runs `pytest` on it any more")
    text = after.calls[0].text
    return Exclusion(path, text, f"`{text}` does not run it")
