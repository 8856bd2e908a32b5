"""Which tests the workflows of GitHub run, as far as their lines call pytest themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from devmatrix_guard.mining.regression.naming import list_words
from devmatrix_guard.mining.regression.runner import Exclusion, RunnerSettings, list_options

FOLDER = ".github/workflows/"
_CALL = re.compile(r"(?:^|[\s;&|(])(?:py\.test|pytest)(?=\s|$)([^\n;&|)]*)")
# What may run tests without saying which.
_OPAQUE = re.compile(r"(?:^|[\s;&|])(?:tox|nox|make|just|hatch|invoke|unittest|nose\w*)\b")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_VALUED = ("-k", "-m", "-p", "-c", "-n", "-o", "-W", "-r", "--deselect", "--ignore", "--cov")


class Workflows:
    """The calls of pytest in some workflows.

    Args:
        texts: the workflows by their paths.
    """

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        lines = [
            _COMMENT.sub("", line)
            for text in texts.values()
            for line in text.decode("utf-8", "replace").replace("\\\n", " ").splitlines()
        ]
        self.calls = [
            _read_call(list_words(call[1].strip("\"' ")))
            for line in lines
            for call in _CALL.finditer(line)
            if "install" not in line
        ]
        self.is_open = any(_OPAQUE.search(line) for line in lines)

    def runs(self, path: str, name: str) -> bool:
        """Tell whether a test is run by one of the calls."""
        return any(call.find_exclusion(path, name) is None for call in self.calls)


def find_dropped(
    before: Workflows, after: Workflows, path: str, tests: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str, Exclusion]]:
    """Yield (path, name, why) of the tests that workflows ran and run no more.

    Args:
        before, after: the workflows on both sides of a change.
        path: the workflow that changes.
        tests: names of tests by path.
    """
    if not before.calls or before.is_open or after.is_open:
        return
    why = Exclusion(path, "pytest", "no workflow runs `pytest` on it any more")
    for test, names in tests.items():
        for name in names:
            if before.runs(test, name) and not after.runs(test, name):
                yield test, name, why


def _read_call(words: Sequence[str]) -> RunnerSettings:
    roots = []
    for number, word in enumerate(words):
        is_value = number > 0 and words[number - 1] in _VALUED
        if not word.startswith(("-", "$", "{")) and not is_value:
            roots.append(word.partition("::")[0])
    return RunnerSettings(roots=tuple(roots), options=tuple(list_options(words)))
