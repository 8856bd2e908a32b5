"""Plays the main job on a small repository: learn from its fixes, stop their repetition and loss.

Everything happens in a temporary folder, with a real git and a real pre-commit. Run `make demo`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from demo_history import (
    CHEAPEST,
    FIXED_FILE,
    HISTORY,
    NEW_CODE,
    NEW_FILE,
    NEW_MESSAGE,
    PROOF_FILE,
    UNDOING_MESSAGE,
    Step,
)

_BIN = Path(sys.executable).parent
_FIRST_DAY = 1_735_725_600  # 1 January 2025, 10:00 UTC
_COLOR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


class DemoError(Exception):
    """A step did not end as it should; the text says which."""


def main() -> int:
    """Play every step; 0 if each ended as it should."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="guard-demo-") as folder:
        home = Path(folder)
        try:
            _play(home / "ticket-shop", environment(home))
        except DemoError as error:
            print(f"The demo failed: {error}", file=sys.stderr)
            return 1
    _say(f"That was the whole path, in {time.monotonic() - began:.0f} seconds.")
    print("In a repository of yours:  guard try")
    return 0


def _play(repo: Path, environ: dict[str, str]) -> None:
    build(repo, environ)
    _say(f"1. A small shop with {len(HISTORY)} commits by three people; some are fixes")
    _show(repo, environ, "git", "log", "--oneline", "--reverse")

    _say("2. What would its history teach? (writes nothing)")
    _show(repo, environ, "guard", "try")

    _say("3. Learn it: rules with their evidence, as files to review")
    _show(repo, environ, "guard", "learn")
    _show(repo, environ, "guard", "init", "--local", "--yes", quiet=True)
    _show(repo, environ, "git", "add", "-A", quiet=True)
    _show(repo, environ, "git", "commit", "-qm", "Learn rules from our fixes", quiet=True)

    _say("4. Install the hook")
    _show(repo, environ, "pre-commit", "install")

    _say("5. Later somebody new writes this")
    (repo / NEW_FILE).write_text(NEW_CODE)
    _show(repo, environ, "cat", NEW_FILE)
    _show(repo, environ, "git", "add", NEW_FILE)
    _show(repo, environ, "git", "commit", "-m", NEW_MESSAGE, expected=1)

    _say("6. Take the fix the others made")
    _show(repo, environ, "guard", "check", "--fix", expected=1)
    _show(repo, environ, "git", "diff", "--unified=0", "--", NEW_FILE)
    _show(repo, environ, "git", "add", NEW_FILE)
    _show(repo, environ, "git", "commit", "-m", NEW_MESSAGE)

    _say("7. Another time a tidying takes a fix back, and its test with it")
    _write(repo, Step("", 0, UNDOING_MESSAGE, edits={FIXED_FILE: (CHEAPEST,)}))
    _show(repo, environ, "git", "rm", "-q", PROOF_FILE)
    _show(repo, environ, "git", "diff", "HEAD", "--unified=0", "--", FIXED_FILE)
    _show(repo, environ, "git", "add", FIXED_FILE)
    _show(repo, environ, "git", "commit", "-m", UNDOING_MESSAGE, expected=1)

    _say("8. What to know before editing there, for people and for agents")
    _show(repo, environ, "git", "restore", "--staged", "--worktree", ".", quiet=True)
    _show(repo, environ, "guard", "recall", FIXED_FILE)


def build(repo: Path, environ: dict[str, str]) -> None:
    """Make the repository with its history."""
    repo.mkdir(parents=True)
    _run(repo, environ, "git", "init", "-q", "-b", "main")
    for step in HISTORY:
        _write(repo, step)
        when = f"{_FIRST_DAY + step.day * 86_400} +0000"
        author = {
            "GIT_AUTHOR_NAME": step.author,
            "GIT_AUTHOR_EMAIL": f"{step.author.lower()}@shop.example.invalid",
            "GIT_AUTHOR_DATE": when,
            "GIT_COMMITTER_DATE": when,
        }
        _run(repo, environ, "git", "add", "-A")
        _run(repo, environ | author, "git", "commit", "-q", "-m", step.message)


def _write(repo: Path, step: Step) -> None:
    for name, text in step.files.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text)
    for name, replacements in step.edits.items():
        text = (repo / name).read_text()
        for old, new in replacements:
            if text.count(old) != 1:
                raise DemoError(f"{step.message}: {old!r} is not once in {name}")
            text = text.replace(old, new)
        (repo / name).write_text(text)


def environment(home: Path) -> dict[str, str]:
    """Return an environment in which only this folder and this Python's programs count."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "GUARD_", "PRE_COMMIT"))
    }
    color = {"FORCE_COLOR": "1"} if _COLOR else {"NO_COLOR": "1", "PRE_COMMIT_COLOR": "never"}
    return kept | color | {
        "HOME": str(home),
        "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "PATH": f"{_BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_PAGER": "cat",
        "GIT_AUTHOR_NAME": "Noa",
        "GIT_AUTHOR_EMAIL": "noa@shop.example.invalid",
        "GIT_COMMITTER_NAME": "Noa",
        "GIT_COMMITTER_EMAIL": "noa@shop.example.invalid",
    }  # fmt: skip


def _show(
    repo: Path, environ: dict[str, str], *command: str, expected: int = 0, quiet: bool = False
) -> None:
    """Run a command before the reader's eyes; its end must be the expected one."""
    print(_styled(f"$ {' '.join(_quoted(part) for part in command)}", "1;36"), flush=True)
    if shutil.which(command[0], path=environ["PATH"]) is None:
        raise DemoError(f"{command[0]} is not installed; run `make demo`.")
    # One stream, so that what hooks say on the other stays in its place.
    target = subprocess.PIPE if quiet else None
    done = subprocess.run(
        command, cwd=repo, env=environ, stdout=target, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode != expected:
        said = done.stdout.decode() if quiet else ""
        raise DemoError(
            f"`{' '.join(command)}` ended with {done.returncode}, not {expected}. {said}"
        )
    if not quiet:
        print(flush=True)


def _run(repo: Path, environ: dict[str, str], *command: str) -> None:
    subprocess.run(command, cwd=repo, env=environ, check=True)


def _say(text: str) -> None:
    print(_styled(f"\n=== {text}", "1"), flush=True)


def _quoted(part: str) -> str:
    return f'"{part}"' if " " in part else part


def _styled(text: str, code: str) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if _COLOR else text


if __name__ == "__main__":
    sys.exit(main())
