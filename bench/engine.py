"""Time guard-hook against its peers on one set of files and rules, and print the table.

Usage: python bench/engine.py [FOLDER] [--rules 500] [--runs 5]

FOLDER is where the Python files are taken from; the standard library when it is left out. Guard
and its peers are installed into .tools/bench, compiled to bytecode; every row's commands run in
turn, so compare within a row. A cell holds wall time / processor time. In rows named `found` the
change of every file calls what some rules look for, in `found in one` that of one file does. Below
stand the ratios that are promised, of wall times, each marked as kept or missed.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TOOLS = ROOT / ".tools" / "bench"
BYTECODE_SWITCH = "PYTHONDONTWRITEBYTECODE"
PACKAGES = {"semgrep": "semgrep", "ast-grep": "ast-grep-cli", "ruff": "ruff"}
Times = dict[str, tuple[float, float]]
CHANGE = "\n\ndef added_by_the_benchmark(value):\n    return {call}(value)\n"
QUIET_CALL = "added_call"
NAMES = (
    "bare python", "floor", "guard-hook", "semgrep --experimental", "ast-grep", "ruff",
    "semgrep scan",
)  # fmt: skip
# (what, command above the line, command below, sign of the bound, bound)
PROMISES = (
    ("semgrep --experimental / guard-hook", "semgrep --experimental", "guard-hook", ">=", 10.0),
    ("ast-grep / guard-hook", "ast-grep", "guard-hook", ">=", 3.0),
    ("guard-hook / ruff", "guard-hook", "ruff", "<=", 3.5),
    ("guard-hook / floor", "guard-hook", "floor", "<=", 4.0),
)
MOST_OVER_PYTHON, MOST_MIB = 60.0, 120.0
FLOOR = (
    "import os,re,subprocess;"
    "out=subprocess.run(['git','diff','--cached','-U0'],capture_output=True).stdout;"
    "re.findall(rb'^@@ -\\S+ \\+(\\d+)(?:,(\\d+))? @@',out,re.M)"
)


def main() -> None:
    """Run every row and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=sysconfig.get_paths()["stdlib"])
    parser.add_argument("--rules", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    peers = {name: _install(name, package) for name, package in PACKAGES.items()}
    peers["guard-hook"] = _install_guard()
    files = choose_files(Path(options.folder))
    rules = _rules(files, options.rules)
    found = next(rule["pattern"].partition("(")[0] for rule in rules[5::10])
    print(f"{options.rules} rules, median of {options.runs} runs, wall / processor milliseconds.\n")
    print(f"| files | {' | '.join(NAMES)} | peak MiB of guard |")
    print("|" + "---|" * (len(NAMES) + 2))
    rows: dict[str, tuple[Times, float]] = {}
    for count, label, finding in (
        (1, "1", 0), (10, "10", 0), (10, "10, found in one", 1), (10, "10, found", 10),
        (100, "100", 0), (100, "100, found", 100),
    ):  # fmt: skip
        calls = [found] * finding + [QUIET_CALL] * (count - finding)
        times, memory = rows[label] = _row(files[:count], rules, peers, options.runs, calls)
        cells = [f"{wall:.0f} / {cpu:.0f}" for wall, cpu in (times[name] for name in NAMES)]
        print(f"| {label} | {' | '.join(cells)} | {memory:.0f} |", flush=True)
    _print_promises(rows)


def _print_promises(rows: dict[str, tuple[Times, float]]) -> None:
    print(f"\n| ratio of wall times | must | {' | '.join(rows)} |\n|{'---|' * (len(rows) + 2)}")
    for what, above, below, sign, bound in PROMISES:
        ratios = [times[above][0] / times[below][0] for times, _ in rows.values()]
        print(
            f"| {what} | {sign} {bound:g} | {' | '.join(_mark(r, sign, bound) for r in ratios)} |"
        )
    over = [times["guard-hook"][0] - times["bare python"][0] for times, _ in rows.values()]
    cells = [_mark(ms, "<=", MOST_OVER_PYTHON) for ms in over]
    print(f"| guard-hook over bare python, ms | <= {MOST_OVER_PYTHON:g} | {' | '.join(cells)} |")
    cells = [_mark(memory, "<=", MOST_MIB) for _, memory in rows.values()]
    print(f"| peak MiB of guard | <= {MOST_MIB:g} | {' | '.join(cells)} |")


def _mark(value: float, sign: str, bound: float) -> str:
    is_kept = value >= bound if sign == ">=" else value <= bound
    return f"{value:.1f} {'ok' if is_kept else 'missed'}"


def _install(name: str, package: str) -> Path:
    """Return a peer's command, installed into an environment of its own when first asked for."""
    home = TOOLS / name
    command = home / "bin" / name
    if not command.exists():
        uv = ROOT / ".venv" / "bin" / "uv"
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, home], check=True)
        python = home / "bin" / "python"
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, package], check=True)
    return command


def _install_guard() -> Path:
    """Return guard's hook, installed anew as a user has it."""
    home = TOOLS / "guard"
    uv, python = ROOT / ".venv" / "bin" / "uv", home / "bin" / "python"
    if not python.exists():
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, home], check=True)
    options = ["--quiet", "--compile-bytecode", "--reinstall-package", "devmatrix-guard"]
    subprocess.run([uv, "pip", "install", *options, "--python", python, ROOT], check=True)
    return home / "bin" / "guard-hook"


def choose_files(folder: Path, count: int = 100) -> list[Path]:
    """Return fixed random ones of the middle-sized files that parse."""
    found = []
    candidates = sorted(p for p in folder.rglob("*.py") if 4_000 < p.stat().st_size < 60_000)
    random.Random(7).shuffle(candidates)
    for path in candidates:
        try:
            ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        found.append(path)
        if len(found) == count:
            break
    return found


def _rules(files: list[Path], count: int) -> list[dict[str, Any]]:
    """Make rules of five shapes; about half of them name what the files call."""
    chance = random.Random(11)
    called = sorted({name for path in files for name in _calls(path)})
    rules = []
    for number in range(count):
        name = chance.choice(called) if number % 2 else f"absent_{number}"
        shape = number % 5
        body: dict[str, Any] = {"pattern": f"{name}(...)"}
        if shape == 1:
            body = {"pattern": f"$X.{name}(..., timeout=$T, ...)"}
        elif shape == 2:
            inside = {"pattern-inside": "def $F(...):\n    ..."}
            body = {"patterns": [{"pattern": f"$X.{name}(...)"}, inside]}
        elif shape == 3:
            terms = [{"pattern": f"{name}($A, ...)"}, {"pattern-not": f"{name}(None, ...)"}]
            body = {"patterns": terms}
        elif shape == 4:
            regex = {"metavariable-regex": {"metavariable": "$A", "regex": "^_"}}
            body = {"patterns": [{"pattern": f"{name}($A)"}, regex]}
        head = {"id": f"bench-{number}", "languages": ["python"], "severity": "ERROR"}
        rules.append({**head, "message": "m", **body})
    return rules


def _calls(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute):
                names.add(function.attr)
            elif isinstance(function, ast.Name):
                names.add(function.id)
    return names


def _row(
    files: list[Path],
    rules: list[dict[str, Any]],
    peers: dict[str, Path],
    runs: int,
    calls: list[str],
) -> tuple[Times, float]:
    with tempfile.TemporaryDirectory() as folder:
        repo = Path(folder)
        names = _make_repository(repo, files, rules, calls)
        quiet = [
            "--metrics",
            "off",
            "--disable-version-check",
            "--config",
            ".guard/rules",
            "--quiet",
        ]
        commands: dict[str, list[str]] = {
            "bare python": [str(peers["guard-hook"].parent / "python"), "-c", "pass"],
            "floor": [sys.executable, "-I", "-S", "-c", FLOOR],
            "guard-hook": [str(peers["guard-hook"]), *names],
            "semgrep --experimental": [
                str(peers["semgrep"]), "scan", "--experimental", *quiet, *names,
            ],
            "ast-grep": [str(peers["ast-grep"]), "scan", "-r", "ast-grep.yml", *names],
            "ruff": [str(peers["ruff"]), "check", "--no-cache", "--exit-zero", "-q", *names],
            "semgrep scan": [str(peers["semgrep"]), "scan", *quiet, *names],
        }  # fmt: skip
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for round_number in range(runs + 1):
            for name, command in commands.items():
                if name == "semgrep scan" and round_number > 2:
                    continue
                spent = time_command(command, repo)
                if round_number:
                    times[name].append(spent)
        memory = _peak(commands["guard-hook"], repo)
        return {name: _medians(spent) for name, spent in times.items()}, memory


def _medians(spent: list[tuple[float, float]]) -> tuple[float, float]:
    walls, processors = zip(*spent, strict=True)
    return statistics.median(walls), statistics.median(processors)


def _make_repository(
    repo: Path, files: list[Path], rules: list[dict[str, Any]], calls: list[str]
) -> list[str]:
    """Commit the files, append a small function to each, and stage that."""
    folder = repo / ".guard" / "rules"
    folder.mkdir(parents=True)
    (folder / "bench.yml").write_text(json.dumps({"rules": rules}))
    (repo / "ast-grep.yml").write_text("\n---\n".join(_ast_grep(rule) for rule in rules))
    names = [f"file_{number}.py" for number in range(len(files))]
    for name, path in zip(names, files, strict=True):
        (repo / name).write_bytes(path.read_bytes())
    identity = ["-c", "user.name=b", "-c", "user.email=b@example.invalid"]
    run_git(repo, "init", "-q")
    run_git(repo, "add", "-A")
    run_git(repo, *identity, "commit", "-qm", "start", "--no-verify")
    for name, call in zip(names, calls, strict=True):
        with (repo / name).open("a") as file:
            file.write(CHANGE.format(call=call))
    run_git(repo, "add", "-A")
    return names


def run_git(repo: Path, *arguments: str) -> None:
    """Run git in a repository."""
    subprocess.run(["git", *arguments], cwd=repo, check=True, capture_output=True)


def _ast_grep(rule: dict[str, Any]) -> str:
    """Write the main pattern of a rule the way ast-grep wants it."""
    pattern = rule.get("pattern") or rule["patterns"][0]["pattern"]
    pattern = pattern.replace("...", "$$$")
    body = {"id": rule["id"], "language": "python", "severity": "error", "message": "m"}
    return json.dumps({**body, "rule": {"pattern": pattern}})


def time_command(command: list[str], repo: Path) -> tuple[float, float]:
    """Return the wall time and the processor time of a command and its children."""
    environment = {k: v for k, v in os.environ.items() if k != BYTECODE_SWITCH}
    environment["SEMGREP_SEND_METRICS"] = "off"
    before, started = _processor_time(), time.perf_counter()
    subprocess.run(command, cwd=repo, env=environment, capture_output=True, check=False)
    return (time.perf_counter() - started) * 1000, (_processor_time() - before) * 1000


def _processor_time() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _peak(command: list[str], repo: Path) -> float:
    """Return the peak memory of a command in MiB, measured by a process of its own."""
    code = (
        "import resource,subprocess,sys;"
        "subprocess.run(sys.argv[1:],capture_output=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command], cwd=repo, capture_output=True, text=True, check=True
    )
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return int(done.stdout) / unit


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
