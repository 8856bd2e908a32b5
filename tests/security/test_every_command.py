"""Commands meet hostile files of every kind at the paths that they open.

Which paths those are is not written down: a first run notes what each command opens, so that a new
path is attacked as soon as it is read. Nothing is run but git, nothing outside changes or is shown,
and time and memory are bounded.
"""

from __future__ import annotations

import json
import marshal
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.config import SETTINGS_FILES
from devmatrix_guard.generator.bank.cache import cache_files
from tests.contract.build import infra_pattern
from tests.helpers import commit, make_repo, tree_bytes, write_tree
from tests.helpers_fork import run_guard
from tests.security.samples import RULE
from tests.specs import BOOKS

RUNNER = Path(__file__).with_name("hostile_run.py")
SECRET = "hidden-words"
SHARE = int(os.environ.get("HOSTILE_SHARE", "9"))  # 1 runs all of them, which takes minutes
OVERLAY = "overlay: 1.0.0\ninfo: {title: More, version: '1'}\nactions: []\n"
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("guard-hook",),
    ("guard", "check"),
    ("guard", "check", "--all"),
    ("guard", "check", "--fix"),
    ("guard", "check", "--range", "HEAD~1..HEAD"),
    ("guard", "try", "-n", "5"),
    ("guard", "learn"),
    ("guard", "init", "--yes"),
    ("guard", "uninstall", "--yes"),
    ("guard", "doctor"),
    ("guard", "verify", "app", "--static"),
    ("guard", "verify", "app", "--static", "--output", "report.json"),
    ("guard", "repair", "app"),
    ("guard", "regenerate", "app", "--dry-run"),
    ("guard", "regenerate", "app", "--no-verify"),
    ("guard", "regenerate", "app", "--undo"),
    ("guard", "drift", "app"),
    ("guard", "report", "--week"),
    ("guard", "report", "--output", "report.json"),
    ("guard", "rules", "list"),
    ("guard", "rules", "show", "mine"),
    ("guard", "rules", "test"),
    ("guard", "rules", "retire", "mine"),
    ("guard", "patterns", "list"),
    ("guard", "audit", "import", "a.csv"),
    ("guard", "audit", "export", "--output", "audit.csv"),
    ("guard", "fix", "a.py"),
    ("guard", "fix"),
    ("guard", "variants", "mine"),
    ("guard", "variants", "HEAD"),
    ("guard", "import", "reviews", "a.json"),
    ("guard", "lineage", "app/src/main.py"),
    ("guard", "baseline"),
    ("guard", "feedback", "mine", "--useful"),
    ("guard", "suppressions"),
    ("guard", "explain", "mine"),
    ("guard", "bank", "list"),
    ("guard", "bank", "show", "other"),
    ("guard", "ir", "show", "app/.guard/spec.yaml"),
)
_KEPT_BY_SQLITE = ("-wal", "-shm", "-journal")


class _Run(NamedTuple):
    command: tuple[str, ...]
    path: str = ""
    kind: str = ""


def _deep(path: Path) -> None:
    path.write_text("[" * 200_000)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 42)


def _link_out(path: Path) -> None:
    root = path.parents[path.parts[::-1].index("repo") - 1].parent
    path.symlink_to(os.path.relpath(root / "outside" / "secret", path.parent))


def _link_out_folder(path: Path) -> None:
    root = path.parents[path.parts[::-1].index("repo") - 1].parent
    path.symlink_to(root / "outside")


KINDS: dict[str, Callable[[Path], Any]] = {
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": os.mkfifo,
    "a link out": _link_out,
    "a link to a folder outside": _link_out_folder,
    "a sparse terabyte": _sparse,
    "a folder": Path.mkdir,
    "deep JSON": _deep,
    "no UTF-8": lambda path: path.write_bytes(b"\xff\xfe\x00\x80" * 100),
    "marshal": lambda path: path.write_bytes(marshal.dumps((1,) * 1000) + b"\xdb\xff"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a repository that has all that guard keeps, and one beside it."""
    top = tmp_path_factory.mktemp("hostile")
    write_tree(top, {"outside/secret": SECRET, "outside/rules.yml": f"{SECRET}: 1\n"})
    repo = make_repo(top / "repo", {"a.py": "x = 1\n", "guard.toml": "shipped = false\n"})
    write_tree(repo, {".guard/rules/mine.yml": RULE, ".guard/baseline.txt": "# none\n"})
    commit(repo, {"a.py": "x = 2\n"}, "fix: x was wrong")
    write_tree(top, {"spec.yaml": BOOKS})
    run_generate(top / "spec.yaml", repo / "app")
    write_tree(repo / "app", cache_files([infra_pattern("other")]))
    done = run_guard(repo, "feedback", "mine", "--useful")
    assert done.returncode == 0, done.stderr
    write_tree(repo, {"b.py": "print(1)\n"})
    subprocess.run(["git", "add", "a.py", "b.py", "guard.toml"], cwd=repo, check=True)
    return top


def _carry_out(runs: list[_Run], world: Path, folder: Path) -> list[dict[str, Any]]:
    """Return what became of each run, each in a copy of the world of its own."""
    tools = folder / "tools"
    tools.mkdir(parents=True)
    git = shutil.which("git")
    assert git is not None
    (tools / "git").symlink_to(git)
    tasks = []
    for number, run in enumerate(runs):
        place = folder / str(number)
        shutil.copytree(world, place, symlinks=True, copy_function=_link_or_copy)
        if run.path:
            _plant(place / "repo" / run.path, KINDS[run.kind])
        tasks.append({"args": run.command, "cwd": str(place / "repo")})
    (folder / "tasks.json").write_text(json.dumps(tasks))
    results = folder / "results.json"
    environment = {**os.environ, "PATH": str(tools), "GUARD_MEMORY": "", "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, str(RUNNER), str(folder / "tasks.json"), str(results)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(results.read_text())
    return found


def _plant(path: Path, make: Callable[[Path], Any]) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    make(path)


def _list_opened(result: dict[str, Any], repo: Path) -> Iterator[str]:
    """Yield the paths in the work tree, without git's folder and names made up for the moment."""
    for opened in result["opened"]:
        path = os.path.relpath(os.path.normpath(opened), repo)
        parts = path.split("/")
        if parts[0] in (".", "..", ".git") or any(part.startswith(".guard-") for part in parts):
            continue
        yield path
        if path.endswith(".db"):
            yield from (f"{path}{suffix}" for suffix in _KEPT_BY_SQLITE)


def _spread(opened: dict[tuple[str, ...], set[str]]) -> list[_Run]:
    """Return runs in which each command meets each path, and guard's own paths every kind."""
    runs = []
    kinds = list(KINDS)
    for number, path in enumerate(sorted(set().union(*opened.values()))):
        commands = [command for command, paths in opened.items() if path in paths]
        is_ours = ".guard" in path.split("/") or path.endswith(".toml")
        for turn in range(max(len(kinds) if is_ours else 0, len(commands))):
            kind = kinds[(turn + number) % len(kinds)]
            runs.append(_Run(commands[turn % len(commands)], path, kind))
    return runs


def _choose_paths(opened: dict[tuple[str, ...], set[str]]) -> dict[tuple[str, ...], set[str]]:
    """Keep the first of the files of one kind in a folder: the others are opened alike."""
    first: dict[tuple[str, str], str] = {}
    for path in sorted(set().union(*opened.values())):
        folder, _, name = path.rpartition("/")
        if name in SETTINGS_FILES and folder not in ("", "app"):
            continue
        top = folder if ".guard" in path.split("/") else folder.partition("/")[0]
        first.setdefault((top, Path(name).suffix or name[:1]), path)
    kept = set(first.values())
    return {command: paths & kept for command, paths in opened.items()}


def _link_or_copy(source: str, target: str) -> None:
    """Copy what is written in place; the rest is only ever replaced."""
    if ".db" in Path(source).name:
        shutil.copy2(source, target)
    else:
        os.link(source, target)


def test_hostile_files_run_nothing_and_reach_nothing(world: Path, tmp_path: Path) -> None:
    plain = [_Run(command) for command in COMMANDS]
    results = _carry_out(plain, world, tmp_path / "plain")
    opened = {
        run.command: set(_list_opened(result, tmp_path / "plain" / str(number) / "repo"))
        for number, (run, result) in enumerate(zip(plain, results, strict=True))
    }
    assert {
        r.command: x["output"] for r, x in zip(plain, results, strict=True) if x["code"] > 2
    } == {}
    assert {
        "guard.toml", ".guard/rules/mine.yml", ".guard/baseline.txt", ".guard/memory.db",
        "app/.guard/spec.yaml", "app/.guard/generation_manifest.json", ".guard/feedback",
    } <= set().union(*opened.values())  # fmt: skip
    runs = _spread(_choose_paths(opened))[::SHARE]
    before = tree_bytes(world / "outside")
    wrong: dict[_Run, str] = {}
    results = _carry_out(runs, world, tmp_path / "hostile")
    for number, (run, result) in enumerate(zip(runs, results, strict=True)):
        place = tmp_path / "hostile" / str(number)
        started = {Path(program).name for program in result["started"]} - {
            "git",
            Path(sys.executable).name,
        }
        if result["code"] not in (0, 1, 2) or "Traceback" in result["output"]:
            wrong[run] = f"{result['code']}: {result['output'][-600:]}"
        elif SECRET in result["output"]:
            wrong[run] = f"shows what lies outside: {result['output'][-600:]}"
        elif started or tree_bytes(place / "outside") != before:
            wrong[run] = f"started {started}, outside is {tree_bytes(place / 'outside')}"
    assert not wrong, "\n".join(f"{run}: {text}" for run, text in wrong.items())
