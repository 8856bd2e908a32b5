"""CPU of generating the shop: guard against the peers, each in an environment of its own.

    .venv/bin/python bench/generator.py [--runs 5]

The peers are installed into .tools/peers on the first run. CPU is user plus system time of the
whole process, of which the median of the runs after the first is shown;
openapi-generator needs Java.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
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
    print("generator                cpu ms  files")
    for name, command in _commands().items():
        if shutil.which(str(command[0])) is None:
            print(f"{name:24} not to be had here")
            continue
        with tempfile.TemporaryDirectory() as folder:
            environment = _with_bytecode(Path(folder) / "bytecode")
            spent, files = [], 0
            for run in range(runs + 1):
                target = Path(folder) / str(run)
                words = [str(word).replace("TARGET", str(target)) for word in command]
                spent.append(_cpu(words, environment))
                found = target.rglob("*")
                files = sum(p.is_file() and ".guard" not in p.parts for p in found)
            print(f"{name:24} {statistics.median(spent[1:]) * 1000:6.0f}  {files}")
    return 0


def _with_bytecode(folder: Path) -> dict[str, str]:
    """Return an environment in which compiled modules are kept, as after an installation."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(folder)}


def _commands() -> dict[str, list[object]]:
    guard = [ROOT / ".venv" / "bin" / "guard", "generate", SHOP, "-o", "TARGET"]
    commands: dict[str, list[object]] = {"guard": guard}
    for name, requirement in PEERS.items():
        _install(name, requirement)
    peers = ROOT / ".tools" / "peers"
    commands["fastapi-code-generator"] = [
        peers / "fastapi-code-generator" / "bin" / "fastapi-codegen",
        *("--input", SHOP, "--output", "TARGET"),
    ]
    commands["openapi-generator-cli"] = [
        peers / "openapi-generator-cli" / "bin" / "openapi-generator-cli",
        *("generate", "-g", "python-fastapi", "-i", SHOP, "-o", "TARGET"),
    ]
    return commands


def _install(name: str, requirement: str) -> None:
    folder = ROOT / ".tools" / "peers" / name
    if not (folder / "bin" / "python").exists():
        subprocess.run([UV, "venv", "--quiet", folder], check=True)
        python = folder / "bin" / "python"
        subprocess.run(
            [UV, "pip", "install", "--quiet", "--python", python, requirement], check=True
        )


def _cpu(command: list[str], environment: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
