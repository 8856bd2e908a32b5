"""A NATS server with JetStream for tests: Debian's `nats-server`, or any on the PATH.

Without one, tests are skipped; `GUARD_TEST_NATS_URL` names a server that is there.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SECONDS = 30.0


class NatsServer:
    """A server on 127.0.0.1 that can be killed and started again, with what it has kept."""

    def __init__(self, folder: Path, *options: str) -> None:
        program = shutil.which("nats-server") or shutil.which("/usr/sbin/nats-server")
        if program is None:
            pytest.skip("nats-server is not to be had here")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"nats://127.0.0.1:{self.port}"
        self._log = folder / "nats.log"
        self._command = [
            program, "-a", "127.0.0.1", "-p", str(self.port), "-sd", str(folder / "nats"), *options,
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log)
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        pytest.fail(f"nats-server did not start: {self._log.read_text()}")

    def kill(self) -> None:
        """End it with -9."""
        self.process.kill()
        self.process.wait()


@contextmanager
def nats_server(folder: Path, *options: str) -> Iterator[NatsServer]:
    """Run a server whose streams are kept in a folder."""
    server = NatsServer(folder, *(options or ("-js",)))
    try:
        yield server
    finally:
        server.kill()
