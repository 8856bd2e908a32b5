"""Reads what GitHub says about the event: the range to check and whether the token may write."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

_PULL_REQUESTS = ("pull_request", "pull_request_target")


class EventError(Exception):
    """The event cannot be understood; the text is one sentence with the remedy."""


class Event(NamedTuple):
    """What happened; `payload` is GitHub's description of it."""

    name: str
    payload: Mapping[str, Any]

    @property
    def pull_request(self) -> Mapping[str, Any]:
        """The pull request the event is about, or nothing."""
        found = self.payload.get("pull_request")
        return found if self.name in _PULL_REQUESTS and isinstance(found, dict) else {}

    @property
    def is_from_fork(self) -> bool:
        """Whether the change comes from another repository, so that the token only reads."""
        if not self.pull_request:
            return False
        head = self.pull_request["head"].get("repo") or {}
        return head.get("full_name") != os.environ.get("GITHUB_REPOSITORY")


def read_event() -> Event:
    """Return the event of this run.

    Raises:
        EventError: there is no event, or it is not the JSON GitHub writes.
    """
    name = os.environ.get("GITHUB_EVENT_NAME", "")
    try:
        payload = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text("utf-8"))
        if not isinstance(payload, dict):
            raise ValueError("it is no object")
    except (KeyError, OSError, ValueError) as error:
        raise EventError(
            "The event cannot be read from GITHUB_EVENT_PATH "
            f"({type(error).__name__}); set the inputs base and head."
        ) from error
    return Event(name, payload)


def range_of(event: Event, base: str = "", head: str = "") -> str:
    """Return the range to check as `BASE...HEAD`, empty where everything is to be checked.

    Three dots, because `base.sha` of a pull request is the tip of the base branch when the event
    was made: what has landed there since the branch began is not this change's doing.

    Raises:
        EventError: the event lacks what its kind promises.
    """
    try:
        found_base, found_head = _ends(event)
    except (KeyError, TypeError) as error:
        raise EventError(
            f"The {event.name} event does not name its commits ({error}); "
            "set the inputs base and head."
        ) from error
    base, head = base or found_base, head or found_head
    if not base:
        return ""
    return f"{base}...{head or 'HEAD'}"


def _ends(event: Event) -> tuple[str, str]:
    payload = event.payload
    if event.pull_request:
        return event.pull_request["base"]["sha"], event.pull_request["head"]["sha"]
    if event.name == "merge_group":
        return payload["merge_group"]["base_sha"], payload["merge_group"]["head_sha"]
    if event.name == "push":
        return _pushed(payload)
    return "", ""


def _pushed(payload: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a push added: since `before`, or since the default branch where that is gone."""
    before, after = payload["before"], payload["after"]
    if set(before) != {"0"} and _is_here_or_fetched(before):
        return before, after
    default = payload["repository"]["default_branch"]
    if payload["ref"] == f"refs/heads/{default}":
        return "", ""
    branch = f"refs/remotes/origin/{default}"
    if not _is_commit(branch):
        _fetch(f"+refs/heads/{default}:{branch}")
    return branch, after


def _is_here_or_fetched(commit: str) -> bool:
    if not _is_commit(commit):
        _fetch(commit)
    return _is_commit(commit)


def _fetch(what: str) -> None:
    """Ask the remote for a commit; a depth would cut the history of a checkout that has all."""
    is_shallow = run_git("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    depth = ("--depth=1",) if is_shallow else ()
    _git("fetch", "--quiet", "--no-tags", *depth, "origin", what)


def _is_commit(name: str) -> bool:
    return _git("cat-file", "-e", f"{name}^{{commit}}") == 0


def run_git(*args: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in the checkout, from outside of it and without a question to anybody."""
    environ = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    command = ["git", "-C", os.environ["GITHUB_WORKSPACE"], *args]
    return subprocess.run(command, env=environ, capture_output=True, check=False)


def _git(*args: str) -> int:
    return run_git(*args).returncode
