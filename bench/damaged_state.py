"""Damage what guard keeps, one file at a time, and ask every command that reads it.

Usage: python bench/damaged_state.py [SHARE] [WORD]

A repository is learned from and set up. Each file of guard's own, in git's folder and beside it,
is cut, filled with zeros, given other bits, another format or another kind of thing, and each
command is run on a copy. It must answer within 60 s as before, or say in one sentence what is
wrong (exit 2); one that answers otherwise without a word, crashes or hangs is printed. SHARE runs
one in so many, WORD only what names it.
"""

from __future__ import annotations

import json
import marshal
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from devmatrix_guard.mining.sealed import seal
from tests.helpers import commit, git, make_repo, stage
from tests.helpers_fork import Done, run_entry, run_guard

FILES, FIXED, SECONDS, SLOW = 6, 4, 60, 10
# What a command says that goes by something else, or reads the history again.
_SAID = ("damaged", "cannot be read", "Read 7 commits")
EVENT = {"hook_event_name": "PostToolUse", "session_id": "s", "tool_name": "Edit"}
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("guard-hook",),
    ("guard", "check"),
    ("guard", "check", "--all", "--format", "json"),
    ("guard", "check", "--range", "HEAD~3..HEAD"),
    ("guard", "try"),
    ("guard", "learn"),
    ("guard", "learn", "--fixes-only"),
    ("guard", "recall", "m0.py"),
    ("guard", "tests"),
    ("guard", "report", "--since", "2023-11-01"),
    ("guard", "lineage", "m0.py"),
    ("guard", "lineage", "--fix", "HEAD~3"),
    ("guard", "variants", "HEAD~3"),
    ("guard", "fix", "m5.py"),
    ("guard", "rules", "list"),
    ("guard", "patterns", "list"),
    ("guard", "layers"),
    ("guard", "doctor"),
    ("guard", "init", "--yes"),
    ("guard", "uninstall", "--yes"),
    ("guard", "agent-hook"),
    ("guard", "export", "--agents-md"),
    ("guard", "serve", "keys", "list"),
    ("guard", "memory", "status"),
    ("guard", "memory", "check"),
)


class _Outcome(NamedTuple):
    code: int
    out: str
    err: str


def make_world(top: Path) -> Path:
    """Return a repository in which guard keeps all that it can keep."""
    repo = make_repo(top / "repo")
    files = {f"m{i}.py": _write_module(i) for i in range(FILES)}
    commit(repo, files, "Start")
    for i in range(FIXED):
        files[f"m{i}.py"] = files[f"m{i}.py"].replace("yaml.load", "yaml.safe_load")
        commit(repo, {f"m{i}.py": files[f"m{i}.py"]}, f"Fix: unsafe load (#{i})", day=i + 1)
    half = files["m0.py"].replace("x / 2", "x // 2 if x else 0")
    test = "from m0 import half0\n\n\ndef test_half():\n    assert half0(3) == 1\n"
    tested = {"m0.py": half, "tests/test_m0.py": test}
    commit(repo, tested, "Fix: half of an odd number was no integer (#9)", day=10)
    for words in (("learn",), ("init", "--yes"), ("serve", "keys", "add", "own")):
        _require(run_guard(repo, *words))
    git(repo, "add", "-A")
    git(repo, "commit", "-qnm", "Set up")
    _require(run_guard(repo, "learn"))
    staged = {"m0.py": files["m0.py"], "tests/test_m0.py": test.replace(" == 1", "")}
    stage(repo, {**staged, "z.py": "import yaml\n\ny = yaml.load(open('f'))\n"})
    _require(run_guard(repo, "feedback", "undo-of-fix", "m5.py", "--false-positive"), 2)
    for command in (*COMMANDS[:3], ("guard", "recall", "m0.py"), ("guard", "agent-hook")):
        _run(repo, command)
    return repo


def _write_module(number: int) -> str:
    return (
        f"import yaml\n\n\ndef load{number}(path):\n    return yaml.load(open(path))\n"
        f"\n\ndef half{number}(x):\n    return x / 2\n"
    )


def _require(done: object, *more: int) -> None:
    code = getattr(done, "returncode", 1)
    if code not in (0, *more):
        raise SystemExit(str(done))


def _run(repo: Path, command: tuple[str, ...]) -> _Outcome:
    given = b""
    if command[-1] == "agent-hook":
        named = {"tool_input": {"file_path": str(repo / "m0.py")}, "cwd": str(repo)}
        given = json.dumps({**EVENT, **named}).encode()
    done: Done = run_entry(
        command[0], *command[1:], cwd=repo, stdin=given, seconds=SECONDS,
        environment={**os.environ, "GUARD_LEARN": "off", "HOME": str(repo.parent)},
    )  # fmt: skip
    out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    return _Outcome(done.returncode, out, err.replace(str(repo), "REPO"))


def _flip(seed: int) -> Callable[[bytes], bytes]:
    def flip(held: bytes) -> bytes:
        if not held:
            return b"\x01"
        changed, chance = bytearray(held), random.Random(seed)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        return bytes(changed)

    return flip


def _sealed(value: object) -> bytes:
    return seal(marshal.dumps(value, 2))


# What becomes of what is kept, or what is there instead.
CONTENTS: dict[str, Callable[[bytes], bytes] | bytes] = {
    "empty": b"",
    "half": lambda held: held[: len(held) // 2],
    "all but a byte": lambda held: held[:-1],
    "zeros": lambda held: bytes(len(held)),
    "zeros at the end": lambda held: held[: len(held) // 2] + bytes(len(held) - len(held) // 2),
    "a bit, early": lambda held: _flip(1)(held[:40]) + held[40:],
    "a bit": _flip(2),
    "another bit": _flip(3),
    "twice": lambda held: held + held,
    "no UTF-8": b"\xff\xfe\x00\x80" * 100,
    "deep": b"[" * 200_000,
    "null": b"null",
    "a list": b'["a", {"b": NaN}, 1e999]',
    "an object": b'{"version": 99, "format": 99, "keys": 1, "fixes": "x"}',
    "numbers": json.dumps({f"k{i}": i for i in range(9)}).encode(),
    "sealed nothing": _sealed(None),
    "sealed tuple": _sealed((99, None, (), {}, {}, 1)),
    "sealed future": _sealed(([99, "9.9", [], None], "0" * 40, (), {})),
    "sealed numbers": _sealed(tuple(range(6))),
}


def _sparse(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(1 << 30)


def _loop(place: Path) -> None:
    place.symlink_to(place.name)


def _locked(place: Path) -> None:
    place.write_bytes(b"x")
    place.chmod(0)


KINDS: dict[str, Callable[[Path], object]] = {
    "absent": lambda place: place.exists(),
    "a folder": lambda place: place.mkdir(),
    "a full folder": lambda place: (place / "in" / "it").mkdir(parents=True),
    "a pipe": os.mkfifo,
    "a device": lambda place: place.symlink_to("/dev/zero"),
    "a loop": _loop,
    "a link to a file": lambda place: place.symlink_to("/etc/hostname"),
    "a link to nothing": lambda place: place.symlink_to("nowhere"),
    "a gibibyte of nothing": _sparse,
    "locked": _locked,
}


def list_state(repo: Path) -> list[str]:
    """Return the files that guard keeps, and the folders they lie in."""
    kept = [*(repo / ".git/guard").rglob("*"), repo / ".guard/memory.db", repo / ".guard/rules"]
    return sorted({str(path.relative_to(repo)) for path in kept} | {".git/guard", ".guard"})


def damage(place: Path, kind: str) -> None:
    """Put something else in the place of what is kept."""
    if kind in CONTENTS:
        made = CONTENTS[kind]
        place.write_bytes(made if isinstance(made, bytes) else made(place.read_bytes()))
        return
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink()
    KINDS[kind](place)


def judge(before: _Outcome, after: _Outcome) -> str:
    """Return what is wrong with an outcome, "" where nothing is."""
    if after.code not in (0, 1, 2) or "Traceback" in after.err + after.out:
        return "CRASH"
    lines = [line for line in after.err.splitlines() if line.strip()]
    if after.code == 2 and before.code != 2 and len(lines) != 1:
        return "NO ONE SENTENCE"
    if after.code == 2:
        return ""
    said = after.err != before.err or any(word in after.out for word in _SAID)
    if (after.code, after.out) != (before.code, before.out) and not said:
        return "SILENT CHANGE"
    return ""


def list_cases(repo: Path, word: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield each file with each damage and each command."""
    for name in list_state(repo):
        is_folder = (repo / name).is_dir()
        for kind in KINDS if is_folder else (*CONTENTS, *KINDS):
            for command in COMMANDS:
                case = name, kind, command
                if word in " ".join((name, kind, *command)):
                    yield case


def main(share: int, word: str) -> int:
    """Run the cases and print what is wrong; return how many."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        repo = make_world(top)
        before = {}
        for command in COMMANDS:
            before[command] = _run(_copy(repo, top), command)
        cases = list(list_cases(repo, word))[::share]
        for name, kind, command in cases:
            here = _copy(repo, top)
            damage(here / name, kind)
            began = time.monotonic()
            after = _run(here, command)
            if time.monotonic() - began > SLOW:
                print(f"SLOW: {name}: {kind}: {' '.join(command)}: {time.monotonic() - began:.1f}")
            verdict = judge(before[command], after)
            if verdict:
                wrong += 1
                print(f"{verdict}: {name}: {kind}: {' '.join(command)}")
                print(f"    {after.code} (was {before[command].code}) {after.err[-300:]!r}")
                print("    " + _compare(before[command].out, after.out), flush=True)
    print(f"{len(cases)} runs, {wrong} to look at")
    return wrong


def _copy(repo: Path, top: Path) -> Path:
    place = top / "copy" / "repo"
    shutil.rmtree(place.parent, ignore_errors=True)
    shutil.copytree(repo, place, symlinks=True)
    return place


def _compare(before: str, after: str) -> str:
    old, new = before.splitlines(), after.splitlines()
    lost = [line for line in old if line not in new][:3]
    come = [line for line in new if line not in old][:3]
    return f"- {lost}\n    + {come}"


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(1 if main(int(given[0]) if given else 1, given[1] if given[1:] else "") else 0)
