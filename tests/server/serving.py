"""A real server of a small world, and a client that speaks plain HTTP to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest

from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.config import load_settings
from devmatrix_guard.model.knowledge.knowledge import PatternRelation
from tests.commands.check.findings.test_removed_proof import BEFORE, BROKEN, FIXED, PROOF, TESTS
from tests.contract.build import fix_pattern, pair
from tests.helpers import commit, make_repo
from tests.matrix.world import RULE, SETTINGS

PATTERNS = "/api/v1/patterns"
GUARD = str(Path(sys.executable).parent / "guard")


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


class Server(NamedTuple):
    """A server that runs, and the key to ask it with."""

    process: subprocess.Popen[str]
    port: int
    root: Path
    key: str = ""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> Answer:
        """Send one request and return the answer."""
        sent = {"Content-Type": "application/json"} if body is not None else {}
        secret = self.key if key is None else key
        if secret:
            sent["Authorization"] = f"Bearer {secret}"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            link.request(method, path, data, {**sent, **(headers or {})})
            answer = link.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read().decode())
        finally:
            link.close()

    def await_key(self, key: str, *, counts: bool) -> None:
        """Wait until a change of the keys was noticed, by which one counts or does no more."""
        deadline = time.monotonic() + 20
        while (self.ask("GET", PATTERNS, key=key).status == 401) == counts:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def await_kept(kept: Sequence[str], count: int, writers: Sequence[Thread]) -> None:
    """Wait until those who write have kept so much."""
    while len(kept) < count:
        assert any(writer.is_alive() for writer in writers)
        time.sleep(0.005)


@contextlib.contextmanager
def serve(
    root: Path, *options: str, key: str = "", environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run `guard serve` on a free port until the block ends."""
    process = subprocess.Popen(
        [GUARD, "serve", "--port", "0", "--rate", "0", *options],
        cwd=root,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "listens on" in line, line
        yield Server(process, int(line.rsplit(":", 1)[1]), root, key)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()


def make_learned_repo(folder: Path) -> Path:
    """Return a repository with a rule and a fix with its test, learned from."""
    repo = make_repo(
        folder,
        {"a.py": BROKEN, TESTS: BEFORE, ".guard/rules/old.yml": RULE, "guard.toml": SETTINGS},
    )
    commit(repo, {"a.py": FIXED, TESTS: PROOF}, "Fix the sum of two numbers (#12)", day=3)
    learn(repo)
    return repo


def add_patterns(repo: Path) -> None:
    """Put two FixPatterns into the memory of a repository, the second grown out of the first."""
    with open_project_memory(load_settings(repo), repo) as memory:
        first = fix_pattern("p1", title="json.loads becomes self._parse_json")
        site = pair(3, before="open(name)", after="open(name, encoding='utf-8')")
        second = fix_pattern(
            "p2",
            title="open a file with its encoding",
            before="open($F)",
            after="open($F, encoding='utf-8')",
            stage="block",
            anchors=("open",),
            pairs=(site,),
        )
        memory.patterns.save([first, second])
        memory.patterns.relate([PatternRelation("p2", "p1", "evolved-from", 1.0)])


@contextlib.contextmanager
def isolated_home(folder: Path) -> Iterator[None]:
    """Give what is made once for several tests a home of its own, as each test has."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith(("GIT_", "GUARD_"))]:
            patch.delenv(name)
        patch.setenv("HOME", str(folder))
        patch.setenv("XDG_CONFIG_HOME", str(folder / ".config"))
        patch.setenv("XDG_CACHE_HOME", str(folder / ".cache"))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        for role in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{role}_NAME", "Ada")
            patch.setenv(f"GIT_{role}_EMAIL", "ada@example.invalid")
        yield
