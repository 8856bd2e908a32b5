"""CPU of generating the shop: guard against the peers, each in an environment of its own.

    .venv/bin/python bench/generator.py [--runs 5]

The peers are installed into .tools/peers on the first run. CPU is user plus system time of the
whole process, of which the median of the runs after the first is shown.
What fails is shown with its reason: openapi-generator needs Java.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHOP = ROOT / "examples" / "shop" / "shop.yaml"
UV = ROOT / ".venv" / "bin" / "uv"
PEERS = {
    "fastapi-code-generator": "fastapi-code-generator==0.8.1",
    "openapi-generator-cli": "openapi-generator-cli",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    print("| generator | CPU, whole process | files |\n| --- | --- | --- |")
    for name, requirement in {"guard": "", **PEERS}.items():
        try:
            spent, files = _measure(_command(name, requirement), runs)
            print(f"| {requirement or name} | {spent * 1000:.0f} ms | {files} |", flush=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"| {requirement or name} | {_reason(error)} | |", flush=True)
    return 0


def _measure(command: list[object], runs: int) -> tuple[float, int]:
    """Return the median of the CPU seconds after a first run, and how many files were written."""
    with tempfile.TemporaryDirectory() as folder:
        environment = _with_bytecode(Path(folder) / "bytecode")
        spent, files = [], 0
        for run in range(runs + 1):
            target = Path(folder) / str(run)
            words: list[object] = [str(word).replace("TARGET", str(target)) for word in command]
            spent.append(_cpu(words, environment))
            found = target.rglob("*")
            files = sum(path.is_file() and ".guard" not in path.parts for path in found)
    return statistics.median(spent[1:]), files


def _reason(error: OSError | subprocess.CalledProcessError) -> str:
    """Return why a generator has no figure: the last line it wrote, or what the system said."""
    if isinstance(error, OSError):
        return f"cannot be started: {error.strerror}"
    said = (error.stderr or error.stdout or b"").decode(errors="replace").strip().splitlines()
    return f"failed: {said[-1].replace('|', '/') if said else f'exit code {error.returncode}'}"


def _with_bytecode(folder: Path) -> dict[str, str]:
    """Return an environment in which compiled modules are kept, as after an installation."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(folder)}


def _command(name: str, requirement: str) -> list[object]:
    if name == "guard":
        return [ROOT / ".venv" / "bin" / "guard", "generate", SHOP, "-o", "TARGET"]
    _install(name, requirement)
    programs = ROOT / ".tools" / "peers" / name / "bin"
    if name == "fastapi-code-generator":
        return [programs / "fastapi-codegen", "--input", SHOP, "--output", "TARGET"]
    arguments = ["generate", "-g", "python-fastapi", "-i", SHOP, "-o", "TARGET"]
    return [programs / "openapi-generator-cli", *arguments]


def _install(name: str, requirement: str) -> None:
    folder = ROOT / ".tools" / "peers" / name
    python = folder / "bin" / "python"
    if not python.exists():
        _run([UV, "venv", "--quiet", folder])
    _run([UV, "pip", "install", "--quiet", "--python", python, requirement])


def _run(command: list[object], environment: dict[str, str] | None = None) -> None:
    subprocess.run(
        [str(word) for word in command], check=True, capture_output=True, env=environment
    )


def _cpu(command: list[object], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(command, environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
