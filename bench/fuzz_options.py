"""Give every command odd options in odd places, and look how it answers.

Usage: python bench/fuzz_options.py [RUNS] [SEED] [WORD]

The commands and their options are those of `guard --help`. Each run gives some of them values that
nobody means, in a place that is no ordinary repository, some with a locale without letters, some
with input that is no command, some without a standard stream. A traceback, exit 3, a death by a
signal, a hang, a wrong use without one clear sentence, or a file written outside is printed. WORD
keeps to commands that name it. A server is ended once it has said where it is.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

import click

from devmatrix_guard.cli import cli as guard
from tests.helpers import commit, git, make_repo, write_tree
from tests.helpers_fork import Done, run_entry

GUARD = Path(sys.executable).with_name("guard")
SECONDS = 30
FAILED = ("Traceback (most recent", "internal error of guard")


class _Command(NamedTuple):
    path: tuple[str, ...]
    params: tuple[click.Parameter, ...]


def list_commands(
    group: click.Group | None = None, path: tuple[str, ...] = ()
) -> Iterator[_Command]:
    """Yield every command with its parameters."""
    group = group or guard
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if found is None:
            continue
        yield _Command((*path, name), tuple(found.params))
        if isinstance(found, click.Group):
            yield from list_commands(found, (*path, name))


def _empty(top: Path) -> Path:
    return make_repo(top / "empty")


def _filled(top: Path, name: str = "repo") -> Path:
    files = {"a.py": "import os\nx = eval('1')\n", "sub/b.py": "y = 1\n", "openapi.yaml": "a: [\n"}
    repo = make_repo(top / name, files)
    commit(repo, {"a.py": "import os\nx = 1\n"}, "Fix: eval is dangerous (#1)", day=1)
    write_tree(repo, {"a.py": "import os\nx = eval('2')\n"})
    git(repo, "add", "a.py")
    return repo


def _bare(top: Path) -> Path:
    git(top, "clone", "-q", "--bare", str(_filled(top, "source")), "bare")
    return top / "bare"


def _detached(top: Path) -> Path:
    repo = _filled(top)
    git(repo, "checkout", "-q", "--detach")
    return repo


def _shallow(top: Path) -> Path:
    git(top, "clone", "-q", "--depth=1", f"file://{_filled(top, 'source')}", "shallow")
    return top / "shallow"


def _plain(top: Path) -> Path:
    write_tree(top, {"plain/a.py": "x = 1\n"})
    return top / "plain"


def _read_only(top: Path) -> Path:
    repo = _filled(top)
    for folder in (repo, repo / ".git"):
        folder.chmod(0o555)
    return repo


PLACES: dict[str, Callable[[Path], Path]] = {
    "no repository": _plain,
    "empty": _empty,
    "repository": _filled,
    "bare": _bare,
    "detached": _detached,
    "shallow": _shallow,
    "read-only": _read_only,
    "sub-folder": lambda top: _filled(top) / "sub",
    "inside .git": lambda top: _filled(top) / ".git",
}
VALUES = (
    "", " ", "0", "-1", "99999999999999999999999", "1e400", "nan", "x", "\u202e", "a" * 5000,
    "\udcff\udcfe", "..", "/", "/dev/null", ".", "sub", "a.py", "gone/x.py", "PIPE", "LINK", "--",
    "-", "@{u}", "HEAD...HEAD", "HEAD~99", "a..b..c", "2024-13-45", "9999-12-31", "0001-01-01",
    "sqlite:///x", "postgresql://u:secret@127.0.0.1:1/x", "http://127.0.0.1:1", "{", "[]", "a:b:c",
    "openapi.yaml", "\n", "a\nb", "*", "127.0.0.1:0", "json", "text",
)  # fmt: skip
SHELLS = ({}, {"COLUMNS": "20"}, {"COLUMNS": "x"}, {"TERM": "dumb", "NO_COLOR": "1"},
          {"HOME": "/nowhere"}, {"GUARD_MEMORY": "nonsense://x"}, {"TMPDIR": "/nowhere"},
          {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})  # fmt: skip
INPUTS = (b"", b"", b"x", b"{}\n", b"\0\xff\n", b"[" * 9999, b"Content-Length: 9\r\n\r\n{",
          b"Content-Length: -1\r\n\r\n", b'{"jsonrpc":"2.0","id":1,"method":"x"}\n')  # fmt: skip
CLOSED = ("", "", "", "<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full", "2>/dev/full")


def choose_words(command: _Command, chance: random.Random) -> list[str]:
    """Return the words of a run: some options and arguments, with values of all kinds."""
    words: list[str] = []
    for param in command.params:
        if isinstance(param, click.Argument):
            for _ in range(chance.choice((0, 1, 1, 1, 2))):
                words.append(chance.choice(VALUES))
        elif isinstance(param, click.Option) and chance.random() < 0.35:
            words += _choose_option(param, chance) * chance.choice((1, 1, 1, 2))
    return words


def _choose_option(option: click.Option, chance: random.Random) -> list[str]:
    name = chance.choice([*option.opts, *option.secondary_opts])
    if option.is_flag or option.count:
        return [name if chance.random() < 0.95 else f"{name}=x"]
    usual = list(option.type.choices) if isinstance(option.type, click.Choice) else []
    value = chance.choice([*usual, *usual, *VALUES][:60])
    values = [value] + [chance.choice(VALUES) for _ in range(option.nargs - 1)]
    return [name, *values]


def judge(words: list[str], done: Done) -> str:
    """Return what is wrong with an answer, "" where nothing is."""
    out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    if any(word in err + out for word in FAILED):
        return "CRASH"
    if done.returncode not in (0, 1, 2):
        return f"EXIT {done.returncode}"
    if "secret" in (out + err).replace("secrets", "") and any("secret" in w for w in words):
        return "SHOWS A PASSWORD"
    # What a diagnosis is about stands on its output.
    said = [line for line in (err or out).splitlines() if line.strip()]
    if done.returncode == 2:
        return _judge_refusal(said)
    return ""


def _judge_refusal(said: list[str]) -> str:
    if not said:
        return "REFUSED WITHOUT A WORD"
    if said[0].startswith(("Usage:", "Error:")):  # click's own words
        return ""
    # A phase that fails is shown before the sentence.
    is_one = sum(line.startswith("guard: ") for line in said) == 1
    return "" if is_one else "NO ONE SENTENCE"


def is_server(command: _Command) -> bool:
    """Whether a command waits for clients that come by themselves, and not by its input."""
    return command.path == ("serve",)


def run_one(command: _Command, name: str, chance: random.Random, top: Path) -> str:
    """Run a command once with odd words in an odd place; return what is wrong, with all of it."""
    place = PLACES[name](top)
    outside = top / "outside"
    write_tree(top, {"outside/kept": "1"})
    os.mkfifo(top / "pipe")
    words = [str(top / "pipe") if w == "PIPE" else w for w in choose_words(command, chance)]
    words = [str(outside / "kept") if w == "LINK" else w for w in words]
    shell = {**os.environ, "GUARD_LEARN": "off", "HOME": str(top), **chance.choice(SHELLS)}
    shell = {key: value for key, value in shell.items() if key != "GUARD_LLM"}
    before = _list_beside(top, place)
    given = [os.fsencode(word) for word in (*command.path, *words)]
    closed = chance.choice(CLOSED)
    stdin = chance.choice(INPUTS)
    try:
        done = _run(given, place, shell, stdin, closed, ends=not is_server(command))
    except ValueError:  # a word no process can be given
        return ""
    except subprocess.TimeoutExpired:
        done = Done(-9, b"", b"HANGS")
    # What cannot be said is not said.
    wrong = judge(words, done) if not closed else _judge_code(done)
    if not wrong and _list_beside(top, place) - before - _named(words, place):
        wrong = f"WROTE {sorted(_list_beside(top, place) - before)[:3]}"
    if not wrong:
        return ""
    shown = [word[:60] for word in words]
    tail = done.stderr.decode("utf-8", "replace")[-700:]
    extra = {k: v for k, v in shell.items() if os.environ.get(k) != v and k != "HOME"}
    extra |= {"streams": closed, "stdin": stdin[:20].decode("latin-1")}
    return f"{wrong}: {' '.join(command.path)} {shown!r} in {name} {extra}\n    {tail!r}"


def _run(
    given: list[bytes], place: Path, shell: dict[str, str], stdin: bytes, closed: str, *, ends: bool
) -> Done:
    """Run a command to its end, a server until it has said where it is."""
    if not closed and ends:
        return run_entry("guard", *given, cwd=place, environment=shell, stdin=stdin,
                         seconds=SECONDS)  # fmt: skip
    words = ["sh", "-c", f'exec "$@" {closed}', "sh", str(GUARD), *given]
    with subprocess.Popen(
        words, cwd=place, env=shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            out, err = process.communicate(stdin, timeout=SECONDS if ends else 4)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL if ends else signal.SIGINT)
            out, err = process.communicate(timeout=SECONDS)
            if not ends:  # it was asked to
                return Done(0 if process.returncode == 130 else process.returncode, out, err)
        return Done(process.returncode, out, err)


def _judge_code(done: Done) -> str:
    if any(word in (done.stderr + done.stdout).decode("utf-8", "replace") for word in FAILED):
        return "CRASH"
    return "" if done.returncode in (0, 1, 2) else f"EXIT {done.returncode}"


def _list_beside(top: Path, place: Path) -> set[str]:
    """Return what lies beside the place a command was run in."""
    inside = str(place.parent if place.name in ("sub", ".git") else place)
    return {
        str(path)
        for path in top.rglob("*")
        if not str(path).startswith(inside)
        and not path.name.startswith(".")
        and path.relative_to(top).parts[0] != ".config"  # a consent that was asked for
    }


def _named(words: list[str], place: Path) -> set[str]:
    named = {place / word for word in words if word and len(word) < 200}
    return {str(p) for path in named for p in (path.resolve(), *path.resolve().parents)}


def main(runs: int, seed: int, word: str) -> int:
    """Make that many runs and print what is wrong; return how often."""
    chance, outcomes = random.Random(seed), Counter[str]()
    commands = [c for c in list_commands() if word in " ".join(c.path)]
    for number in range(runs):
        command, name = commands[number % len(commands)], chance.choice(list(PLACES))
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            wrong = run_one(command, name, chance, Path(folder).resolve())
            for left in Path(folder).iterdir():
                left.chmod(0o755)
            shutil.rmtree(folder, ignore_errors=True)
        outcomes[wrong.partition(":")[0] or "fine"] += 1
        if wrong:
            print(wrong, flush=True)
    print(dict(outcomes))
    return sum(outcomes.values()) - outcomes["fine"]


if __name__ == "__main__":
    given = sys.argv[1:]
    runs, seed = (int(text) for text in [*given[:2], "200", "1"][:2]) if given else (200, 1)
    sys.exit(1 if main(runs, seed, given[2] if given[2:] else "") else 0)
