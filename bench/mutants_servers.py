"""Servers of databases that the tests of all mutants share: starting them for each takes seconds.

They run below a process of their own, as the one that mutants are forked from may load nothing of
the tests, and end with its standard input.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path


@contextmanager
def start_servers(root: Path) -> Iterator[dict[str, str]]:
    """Give the variables by which tests find the servers that are to be had on this machine."""
    command = [sys.executable, "-m", "bench.mutants_servers"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=root, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())


def _serve() -> None:
    """Start what is to be had, say where it is, and keep it until the standard input ends."""
    import pytest

    from tests.helpers_neo4j import neo4j_server
    from tests.helpers_postgres import postgres_server

    servers = {"GUARD_PG_DSN": postgres_server, "GUARD_TEST_NEO4J_URL": neo4j_server}
    found = {}
    with ExitStack() as stack:
        for variable, start in servers.items():
            with suppress(pytest.skip.Exception):
                found[variable] = stack.enter_context(start())
        print(json.dumps(found), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    _serve()
