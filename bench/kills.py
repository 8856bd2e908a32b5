"""Kill commands at each step and at random moments, and look what they leave behind.

Usage: python bench/kills.py KILLS SEED [WORD]

Steps are what a command does to files (opens for writing, renames, removes, makes), numbered as it
does them. Each command is ended with SIGKILL right before KILLS of its steps, evenly spread, and
sent SIGINT or SIGTERM at KILLS random moments, each time in a copy of a repository. A traceback, a
lock or file that stays, a memory that is not sound, or a next run that does not come to what an
undisturbed one comes to is printed. WORD runs only the commands that hold it.
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

from tests.commands.audit.test_reviews import _ANSWERED, _ASKED, _HEAD, ask
from tests.helpers import commit, git, make_repo, write_tree
from tests.specs import BOOKS

GUARD = Path(sys.executable).with_name("guard")
SIGNALS = (signal.SIGINT, signal.SIGTERM)
SECONDS = 300
FILES, FIXED = 8, 5
_OF_GIT = ("hooks", "config", "info")
_PASSING = {".venv", "__pycache__", "cache", ".pytest_cache", "undo"}
_KEPT = (".db", ".db-wal", ".db-shm", ".jsonl", ".lock")
# Loaded by Python itself before a command: counts the steps of its own process, and ends it.
_COUNTER = """
import os, sys
_end, _note = int(os.environ.pop("KILL_AT", 0)), os.environ.pop("KILL_NOTE", "")
sys.path[:] = [place for place in sys.path if place != os.environ["PYTHONPATH"]]
del os.environ["PYTHONPATH"]
_notes = os.open(_note, os.O_WRONLY | os.O_CREAT, 0o600) if _note else -1
_own, _count = os.getpid(), 0
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod"}

def _step(event, given):
    global _count
    if event not in _CHANGES and not (event == "open" and given[2] & _WRITES):
        return
    if os.getpid() != _own or str(given[0]).startswith(("/dev/", "/proc/")):
        return
    _count += 1
    if _notes >= 0:
        os.pwrite(_notes, b"%09d" % _count, 0)
    if _count == _end:
        os.kill(_own, 9)

sys.addaudithook(_step)
"""
_RULE = """rules:
- id: no-eq-none
  languages: [python]
  severity: ERROR
  message: Compare with None by identity.
  pattern: $X == None
  fix: $X is None
  metadata:
    guard:
      stage: block
      examples:
      - before: "if x == None:\\n    pass\\n"
        after: "if x is None:\\n    pass\\n"
"""
_BACKFILL = ("--backfill", "books.heading=none")
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("learn",),
    ("learn", "--all"),
    ("learn", "--fixes-only"),
    ("init", "--yes"),
    ("uninstall", "--yes"),
    ("import", "reviews", "reviews.json"),
    ("repair", "broken"),
    ("regenerate", "changed", "--no-verify", "--allow-data-loss", *_BACKFILL),
    ("generate", "spec.yaml", "-o", "made"),
    ("build", "spec.yaml", "-o", "built", "--until", "compliance"),
    ("bank", "adopt", "adopted/docker/Dockerfile"),
    ("memory", "export", "dump.jsonl"),
    ("memory", "rebuild"),
    ("export", "--agents-md"),
    ("export", "--skill"),
    ("baseline",),
    ("check", "--all", "--fix"),
    ("fix", "late.py"),
)


def make_world(top: Path) -> Path:
    """Return a repository with a history, applications, reviews and a memory."""
    files = {f"m{i}.py": f"import yaml\nx{i} = yaml.load(open('a'))\n" for i in range(FILES)}
    repo = make_repo(top / "repo", {**files, "b.py": "if x == None:\n    pass\n"})
    for i in range(FIXED):
        text = files[f"m{i}.py"].replace("yaml.load", "yaml.safe_load")
        commit(repo, {f"m{i}.py": text}, f"Fix: unsafe load (#{i})", day=i)
    for day, (path, by) in enumerate((("pay.py", "ada"), ("mail.py", "bob")), start=6):
        commit(repo, {path: _HEAD + _ASKED.format(path[:-3])}, path, day=day)
        commit(repo, {path: _HEAD + _ANSWERED.format(path[:-3])}, f"Answer {by}", day=day + 2)
    reviews = [ask(1, "pay.py", day=7), ask(2, "mail.py", day=8, by="bob")]
    write_tree(repo, {"spec.yaml": BOOKS, "reviews.json": json.dumps(reviews)})
    write_tree(repo, {".guard/rules/eq.yml": _RULE, "late.py": files["m0.py"]})
    write_tree(repo, {"changed.yaml": BOOKS})
    for name, spec in (("broken", "spec"), ("changed", "changed"), ("adopted", "spec")):
        run_here(repo, "generate", f"{spec}.yaml", "-o", name)
    main = next((repo / "broken/src").rglob("schemas/*.py"), None)
    if main is not None:
        main.write_text("\n".join(main.read_text().splitlines()[:-2]) + "\n")
    with (repo / "adopted/docker/Dockerfile").open("a") as file:
        file.write("\n# ours\n")
    write_tree(repo, {"changed.yaml": BOOKS.replace("title", "heading")})
    git(repo, "add", "-A")
    git(repo, "commit", "-qnm", "Add")
    run_here(repo, "learn")
    run_here(repo, "init", "--yes")
    return repo


def run_here(repo: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `guard` in a folder to its end."""
    return subprocess.run(
        [GUARD, *words], cwd=repo, capture_output=True, text=True, check=False, timeout=300
    )


def main() -> None:
    """Print what is wrong after each kill."""
    kills, seed, word = int(sys.argv[1]), int(sys.argv[2]), " ".join(sys.argv[3:])
    chance = random.Random(seed)
    os.environ["GUARD_VECTORS"] = ".guard/vectors"
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        repo = make_world(top)
        for command in COMMANDS:
            if word in " ".join(command):
                _try(repo, top, command, kills, chance)


def _try(
    repo: Path, top: Path, command: tuple[str, ...], kills: int, chance: random.Random
) -> None:
    whole = copy_world(repo, top, "whole")
    if command[0] == "init":
        run_here(whole, "uninstall", "--yes")
        repo = copy_world(whole, top, "start")
    if command == ("learn",):
        repo = copy_world(whole, top, "start")
        shutil.rmtree(repo / ".git/guard")
        for path in (repo / ".guard").glob("memory.db*"):
            path.unlink()
        whole = copy_world(repo, top, "whole")
    began = time.monotonic()
    done = run_here(whole, *command)
    took = time.monotonic() - began
    wanted = read_state(whole)
    steps = _count_steps(copy_world(repo, top, "counted"), command, top)
    print(
        f"== {' '.join(command)}: exit {done.returncode}, {took:.2f} s, {steps} steps "
        f"{done.stderr[-200:]!r}",
        flush=True,
    )
    ends: list[tuple[signal.Signals, float]] = [
        (signal.SIGKILL, step) for step in sorted({1 + steps * n // kills for n in range(kills)})
    ]
    ends += [(SIGNALS[n % 2], chance.uniform(0.1, took)) for n in range(kills)]
    for sent, at in ends:
        here, scratch = copy_world(repo, top, "killed"), top / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        code, err = _end(here, command, sent, at, scratch)
        for text in judge_end(here, sent, code, err, scratch):
            print(f"{sent.name} at {at:.2f}: {text}", flush=True)
        if wrong := run_again(here, command, done.returncode, wanted):
            print(f"{sent.name} at {at:.2f}: {wrong}", flush=True)


def run_again(here: Path, command: tuple[str, ...], code: int, wanted: dict[str, bytes]) -> str:
    """Return what is wrong after the next run: not what an undisturbed one comes to; else ""."""
    again = run_here(here, *command)
    if "was interrupted" in again.stderr:  # people are asked, and let it be finished
        again = run_here(here, "regenerate", command[1], "--recover", "--yes")
    state = read_state(here)
    # What was done before the command ended is not done twice.
    codes = (code, 2) if "is not empty" in again.stderr else (code,)
    if again.returncode in codes and state == wanted:
        return ""
    differ = {k for k in state.keys() | wanted.keys() if state.get(k) != wanted.get(k)}
    said = f"{again.stderr[-300:]!r} {again.stdout[-200:]!r}"
    return f"again {again.returncode} {said} {sorted(differ)[:8]}"


def _count_steps(here: Path, command: tuple[str, ...], top: Path) -> int:
    note = top / "note"
    note.unlink(missing_ok=True)
    _end(here, command, signal.SIGKILL, 0, top, KILL_NOTE=str(note))
    return int(note.read_bytes() or b"0")


def _end(
    here: Path,
    command: tuple[str, ...],
    sent: signal.Signals,
    at: float,
    scratch: Path,
    **more: str,
) -> tuple[int, str]:
    """Return the exit code and what was said of a command that ends at a step, or after seconds."""
    environment = {**os.environ, "TMPDIR": str(scratch)}
    if sent is signal.SIGKILL:
        (here.parent / "counter").mkdir()
        (here.parent / "counter/sitecustomize.py").write_text(_COUNTER)
        environment |= {"PYTHONPATH": str(here.parent / "counter"), "KILL_AT": str(at)} | more
    with subprocess.Popen(
        [GUARD, *command], cwd=here, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            _, err = process.communicate(timeout=SECONDS if sent is signal.SIGKILL else at)
        except subprocess.TimeoutExpired:
            process.send_signal(sent)
            try:
                _, err = process.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                _, err = process.communicate()
                err += " HANGS AFTER THE SIGNAL"
    return process.returncode, err


def judge_end(here: Path, sent: signal.Signals, code: int, err: str, scratch: Path) -> list[str]:
    """Return what is wrong with how a command ended, and with what it left."""
    wrong = []
    said = [line for line in err.strip().splitlines() if line[:1] not in "✓⚠ "]
    if "Traceback" in err or "HANGS" in err or len(said) > 2:
        wrong.append(f"said {err[-600:]!r}")
    if code not in (0, 1, 2, -sent, 130, 143):
        wrong.append(f"exit {code}")
    left = [str(p.relative_to(scratch)) for p in scratch.iterdir()]
    if left and sent is signal.SIGINT:
        wrong.append(f"left in the folder for temporary files: {left[:5]}")
    locks = [p for p in here.rglob("*.lock") if p.name in ("index.lock", "HEAD.lock")]
    if locks:
        wrong.append(f"locks {locks}")
    if sent is signal.SIGINT:
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


def read_state(here: Path) -> dict[str, bytes]:
    """Return what is in the tree, without what may differ between two runs."""
    found = {}
    for path in sorted(here.rglob("*")):
        parts = path.relative_to(here).parts
        if not path.is_file() or (parts[0] == ".git" and parts[1] not in _OF_GIT):
            continue
        if _PASSING & set(parts) or path.suffix in _KEPT:
            continue
        if any(part.startswith(".guard-") for part in parts):  # of a killed run: removed once old
            continue
        found["/".join(parts)] = path.read_bytes()
    return found


def copy_world(repo: Path, top: Path, name: str) -> Path:
    """Return a copy of a repository, below a folder of a name that is made anew."""
    place = top / name / "repo"
    shutil.rmtree(place.parent, ignore_errors=True)
    shutil.copytree(repo, place, symlinks=True)
    return place


if __name__ == "__main__":
    main()
