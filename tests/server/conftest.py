"""One server for the tests of a module: it starts in a second, and most tests only ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devmatrix_guard.commands.service.keys import add_key
from tests.server.serving import Server, add_patterns, isolated_home, make_learned_repo, serve


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a repository with rules, lessons and patterns, and a key that may write."""
    folder = tmp_path_factory.mktemp("served")
    with isolated_home(folder):
        repo = make_learned_repo(folder / "repo")
        add_patterns(repo)
        _, key = add_key(repo, "tests", ["write"])
        with serve(repo, key=key) as running:
            yield running
