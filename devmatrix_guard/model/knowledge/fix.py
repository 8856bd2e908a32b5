"""A fix as one unit: what it mended, who had brought that in, and what proves it.

Paths and names are those of the newest commit that was read, or the last that a thing had.
"""

from __future__ import annotations

from devmatrix_guard.model.named_value import NamedValue


class FixedFunction(NamedValue):
    """A function that a fix changed, by its name within the file, such as `Session.get`.

    `name` is empty for code outside of any function; `edits` are pairs of the lines before and
    after, cut short; `is_there` tells that the function still stands.
    """

    path: str
    name: str
    edits: tuple[tuple[str, str], ...] = ()
    is_there: bool = True


class RegressionTest(NamedValue):
    """A test that came with a fix.

    `name` is written as pytest does, `TestSession::test_get`; `runner` is `pytest`, `doctest`,
    `script` or `other`. `is_new` tells that the fix wrote it, otherwise `keys` are the numbers of
    the checks the fix added. `functions` are those of the fix's functions whose names it uses.
    """

    path: str
    name: str
    runner: str = "pytest"
    is_new: bool = True
    keys: tuple[int, ...] = ()
    functions: tuple[str, ...] = ()
    is_there: bool = True


class Origin(NamedValue):
    """A commit that wrote lines a fix mended.

    `is_near` tells that the fix only added lines, and this commit wrote the one above them.
    """

    commit: str
    date: str
    subject: str
    lines: int
    is_near: bool = False


class FixUnit(NamedValue):
    """A fix commit with all that belongs to it; `date` is YYYY-MM-DD, `issue` empty for none.

    `is_traced` tells that git was asked for the origins.
    """

    commit: str
    date: str
    subject: str
    issue: str = ""
    functions: tuple[FixedFunction, ...] = ()
    tests: tuple[RegressionTest, ...] = ()
    origins: tuple[Origin, ...] = ()
    is_traced: bool = False
