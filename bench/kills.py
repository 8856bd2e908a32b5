"""Kill commands at random moments, and look what they leave behind.

Usage: python bench/kills.py [KILLS] [SEED] [WORD]

Each command is started KILLS times in a copy of a repository and is sent SIGKILL, SIGINT or SIGTERM
at a random moment of what it takes. A traceback, a lock or file that stays, a memory that is not
sound, or a next run that does not come to what an undisturbed one comes to is printed.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.helpers import commit, git, make_repo, write_tree
from tests.specs import BOOKS

GUARD = Path(sys.executable).with_name("guard")
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
FILES, FIXED = 8, 5
_OF_GIT = ("hooks", "config", "info")
_PASSING = {".venv", "__pycache__", "cache", ".pytest_cache", "undo"}
_KEPT = (".db", ".db-wal", ".db-shm", ".jsonl")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("learn", "--all"),
    ("learn", "--fixes-only"),
    ("init", "--yes"),
    ("uninstall", "--yes"),
    ("import", "reviews", "reviews.json"),
    ("repair", "broken"),
    ("regenerate", "changed", "--no-verify"),
    ("build", "spec.yaml", "-o", "built", "--until", "compliance"),
    ("memory", "export", "dump.jsonl"),
    ("memory", "sync"),
    ("export", "--agents-md"),
    ("baseline",),
    ("check", "--all", "--fix"),
)


def make_world(top: Path) -> Path:
    """Return a repository with a history, applications, reviews and a memory."""
    files = {f"m{i}.py": f"import yaml\nx{i} = yaml.load(open('a'))\n" for i in range(FILES)}
    repo = make_repo(top / "repo", {**files, "b.py": "if x == None:\n    pass\n"})
    for i in range(FIXED):
        text = files[f"m{i}.py"].replace("yaml.load", "yaml.safe_load")
        commit(repo, {f"m{i}.py": text}, f"Fix: unsafe load (#{i})", day=i)
    reviews = [
        {"path": f"m{i}.py", "body": "Please use safe_load here.", "diff_hunk": "@@ -1 +1 @@\n+a\n"}
        for i in range(3)
    ]
    write_tree(repo, {"spec.yaml": BOOKS, "reviews.json": json.dumps(reviews)})
    for name in ("broken", "changed"):
        _run(repo, "generate", "spec.yaml", "-o", name)
    main = next((repo / "broken/src").rglob("schemas/*.py"), None)
    if main is not None:
        main.write_text("\n".join(main.read_text().splitlines()[:-2]) + "\n")
    (repo / "changed/.guard/spec.yaml").write_text(BOOKS.replace("title", "heading"))
    git(repo, "add", "-A")
    git(repo, "commit", "-qnm", "Add")
    _run(repo, "learn")
    _run(repo, "init", "--yes")
    return repo


def _run(repo: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [GUARD, *words], cwd=repo, capture_output=True, text=True, check=False, timeout=300
    )


def main() -> None:
    """Print what is wrong after each kill."""
    kills, seed, word = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if sys.argv[3:] else ""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        repo = make_world(top)
        for command in COMMANDS:
            if word in " ".join(command):
                _try(repo, top, command, kills, chance)


def _try(
    repo: Path, top: Path, command: tuple[str, ...], kills: int, chance: random.Random
) -> None:
    whole = _copy(repo, top, "whole")
    if command[0] == "init":
        _run(whole, "uninstall", "--yes")
        repo = _copy(whole, top, "start")
    began = time.monotonic()
    done = _run(whole, *command)
    took = time.monotonic() - began
    wanted = _state(whole)
    print(f"== {' '.join(command)}: exit {done.returncode}, {took:.2f} s {done.stderr[-200:]!r}")
    for number in range(kills):
        here = _copy(repo, top, "killed")
        scratch = top / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        sent = SIGNALS[number % 3]
        at = chance.uniform(0.1, took)
        code, err = _kill(here, command, at, sent, scratch)
        for text in _judge(here, sent, code, err, scratch):
            print(f"{sent.name} at {at:.2f} of {took:.2f}: {text}", flush=True)
        again = _run(here, *command)
        state = _state(here)
        if (again.returncode, state) != (done.returncode, wanted):
            differ = {k for k in state.keys() | wanted.keys() if state.get(k) != wanted.get(k)}
            print(
                f"{sent.name} at {at:.2f} of {took:.2f}: again {again.returncode} "
                f"{again.stderr[-300:]!r} {again.stdout[-200:]!r} {sorted(differ)[:8]}",
                flush=True,
            )


def _kill(
    here: Path, command: tuple[str, ...], at: float, sent: signal.Signals, scratch: Path
) -> tuple[int, str]:
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with subprocess.Popen(
        [GUARD, *command], cwd=here, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            _, err = process.communicate(timeout=at)
        except subprocess.TimeoutExpired:
            process.send_signal(sent)
            try:
                _, err = process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                _, err = process.communicate()
                err += " HANGS AFTER THE SIGNAL"
    return process.returncode, err


def _judge(here: Path, sent: signal.Signals, code: int, err: str, scratch: Path) -> list[str]:
    wrong = []
    if "Traceback" in err or "HANGS" in err or len(err.strip().splitlines()) > 2:
        wrong.append(f"said {err[-600:]!r}")
    if code not in (0, 1, 2, -sent, 130, 143):
        wrong.append(f"exit {code}")
    left = [str(p.relative_to(scratch)) for p in scratch.iterdir()]
    if left and sent is not signal.SIGKILL:
        wrong.append(f"left in the folder for temporary files: {left[:5]}")
    locks = [p for p in here.rglob("*.lock") if p.name in ("index.lock", "HEAD.lock")]
    if locks:
        wrong.append(f"locks {locks}")
    if sent is not signal.SIGKILL:
        halves = [str(p.relative_to(here)) for p in here.rglob(".guard-*")]
        if halves:
            wrong.append(f"half-written {halves[:5]}")
    memory = here / ".guard/memory.db"
    if memory.exists():
        with sqlite3.connect(memory) as database:
            if database.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                wrong.append("the memory is not sound")
    for path in here.rglob("*.json"):
        if ".venv" in path.parts or "node_modules" in path.parts:
            continue
        try:
            json.loads(path.read_bytes() or b"0")
        except ValueError:
            wrong.append(f"half-written {path}")
    return wrong


def _state(here: Path) -> dict[str, bytes]:
    """Return what is in the tree, without what may differ between two runs."""
    found = {}
    for path in sorted(here.rglob("*")):
        parts = path.relative_to(here).parts
        if not path.is_file() or (parts[0] == ".git" and parts[1] not in _OF_GIT):
            continue
        if _PASSING & set(parts) or path.suffix in _KEPT or path.name.startswith(".guard-"):
            continue
        found["/".join(parts)] = path.read_bytes()
    return found


def _copy(repo: Path, top: Path, name: str) -> Path:
    place = top / name / "repo"
    shutil.rmtree(place.parent, ignore_errors=True)
    shutil.copytree(repo, place, symlinks=True)
    return place


if __name__ == "__main__":
    main()
