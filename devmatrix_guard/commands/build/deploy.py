"""Builds, starts and calls an application with Docker Compose, and takes it down again."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from devmatrix_guard.errors import GenerationError, UsageError
from devmatrix_guard.ir.application import ApplicationIR
from devmatrix_guard.verify.checks import find_free_port
from devmatrix_guard.verify.smoke import Outcome, smoke

COMPOSE = "docker/docker-compose.yml"
_SERVICES = ("postgres", "migrate", "app")  # not the dashboards, which nothing here calls
_KEY = "deployment-key"
_BUILD_SECONDS, _UP_SECONDS, _READY_SECONDS = 900.0, 300.0, 120.0
_TAIL = 1500


def require_compose() -> None:
    """Refuse to go on where nothing could be deployed.

    Raises:
        UsageError: Docker or its Compose is not there, or does not answer.
    """
    hint = "start it, or leave --deploy out"
    if shutil.which("docker") is None:
        raise UsageError(f"--deploy compose needs Docker, and there is no `docker` here; {hint}.")
    for arguments, what in ((("compose", "version"), "Compose"), (("info",), "the daemon")):
        try:
            done = subprocess.run(
                ["docker", *arguments], capture_output=True, timeout=60, check=False
            )
            if not done.returncode:
                continue
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            said = lines[0] if lines else f"exit code {done.returncode}"
        except (OSError, subprocess.TimeoutExpired) as error:
            said = str(error)
        raise UsageError(
            f"--deploy compose needs Docker, and {what} does not answer ({said}); {hint}."
        )


def deploy(root: Path, ir: ApplicationIR, tell: Callable[[str], None]) -> list[Outcome]:
    """Build the images, start them, wait until they are ready, call every operation, take down.

    The port it publishes is chosen here, and nothing it makes outlives it: containers, network and
    volumes go, whatever happens.

    Raises:
        GenerationError: a step fails; the text has what Docker said.
    """
    secret = secrets.token_hex(32)
    with _start(root, secret, tell) as base:
        tell("waiting until it is ready")
        _await_ready(base)
        return smoke(ir, base, api_keys=(_KEY,), secret=secret, progress=tell)


@contextmanager
def _start(root: Path, secret: str, tell: Callable[[str], None]) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="guard-build-") as scratch:
        yield from _start_in(Path(scratch), root, secret, tell)


def _start_in(scratch: Path, root: Path, secret: str, tell: Callable[[str], None]) -> Iterator[str]:
    name = f"guard-build-{secrets.token_hex(4)}"
    port = find_free_port()
    override = scratch / "port.yml"
    override.write_text(f'services:\n  app:\n    ports: !override ["127.0.0.1:{port}:8000"]\n')
    compose = ["docker", "compose", "-p", name, "-f", COMPOSE, "-f", str(override)]
    variables = {
        "SECRET_KEY": secret,
        "POSTGRES_PASSWORD": secrets.token_hex(16),
        "GRAFANA_PASSWORD": secrets.token_hex(16),
        "API_KEYS": _KEY,
    }

    def call(*arguments: str, seconds: float) -> None:
        _run([*compose, *arguments], root, variables, seconds)

    try:
        tell("building the images")
        call("build", *_SERVICES[1:], seconds=_BUILD_SECONDS)
        tell("starting")
        call("up", "--detach", *_SERVICES, seconds=_UP_SECONDS)
        yield f"http://127.0.0.1:{port}"
    finally:
        tell("taking it down")
        call("down", "--volumes", "--remove-orphans", seconds=_UP_SECONDS)


def _run(program: list[str], root: Path, variables: dict[str, str], seconds: float) -> None:
    try:
        done = subprocess.run(
            program,
            cwd=root,
            env={**os.environ, **variables},
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GenerationError(f"Docker did not do it: {error}") from error
    if done.returncode:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()[-_TAIL:]
        raise GenerationError(f"`docker compose {program[8]}` failed: {said}")


def _await_ready(base: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    said = "nothing"
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{base}/health/ready", timeout=2):  # noqa: S310 (our own address)
                return
        except urllib.error.HTTPError as error:
            said = f"{error.code}"
        except OSError as error:
            said = str(error)
        time.sleep(0.2)
    raise GenerationError(f"the deployed application did not become ready: it answered {said}.")
