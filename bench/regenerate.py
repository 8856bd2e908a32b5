"""Measure `guard drift` and `guard regenerate` on the shop, kill it, and edit under it.

    .venv/bin/python bench/regenerate.py [--runs 7] [--kills 200] [--saves 50] [--entities 60]

Prints Markdown: processor milliseconds of whole processes, medians and, as other work on the
machine only adds to them, the least. `--entities` makes a second application, of about 500 files.
Then a change is killed at random moments; a person does nothing, edits a file or restores one as it
was, and regenerates: how many edits are lost, and how many applications end as neither the old nor
the new. Last, a file is saved while a regeneration verifies its result.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from devmatrix_guard.commands.application.regeneration.interrupted import run_recover  # noqa: E402
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions  # noqa: E402
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate  # noqa: E402
from devmatrix_guard.errors import GuardError, UsageError  # noqa: E402
from devmatrix_guard.generator.manifest import read_manifest  # noqa: E402
from devmatrix_guard.generator.regenerate.lock import lock  # noqa: E402
from devmatrix_guard.generator.regenerate.swap import swap  # noqa: E402
from tests.specs import Spec  # noqa: E402

SHOP = Path(__file__).parents[1] / "examples" / "shop" / "shop.yaml"
GUARD = (sys.executable, "-m", "devmatrix_guard")
_EDIT = "\n# saved by a person\n"
_FIELD = "        weight:\n          type: integer\n          minimum: 0\n"


def main() -> int:
    """Measure, print, and return 1 where a kill left something else."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--saves", type=int, default=50)
    parser.add_argument("--entities", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        old, new = place / "old", place / "new.yaml"
        new.write_text(_with_weight(SHOP.read_text()))
        _run("generate", str(SHOP), "-o", str(old))
        print("| command, on `examples/shop` | CPU, whole process |\n| --- | --- |")
        drift = statistics.median(_timed("drift", str(old)) for _ in range(given.runs))
        print(f"| `guard drift` | {drift:.0f} ms |")
        times = [_regenerated(old, place / f"run{n}", new) for n in range(given.runs)]
        print(f"| `guard regenerate --no-verify`, one field | {statistics.median(times):.0f} ms |")
        large = _make_large(place, given.entities) if given.entities else None
        for app in filter(None, (old, large)):
            for options in ((), ("--staged",)):
                print(_measure_drift(app, options, given.runs), flush=True)
        lost, torn, half = _kill_often(old, new, place, given.kills)
        print(f"\n{given.kills} kills, {half} of them half way: {lost} edits lost, {torn} torn.")
        gone = _save_often(old, new, place, given.saves)
        print(f"{given.saves} files saved while the result was verified: {gone} lost.")
    return 1 if torn or lost or gone else 0


def _make_large(place: Path, entities: int) -> Path:
    """Return an application with many entities."""
    spec = Spec()
    for number in range(entities):
        spec.entity(f"Thing{number}", f"thing{number}s")
    (place / "large.yaml").write_text(yaml.safe_dump(spec.data, sort_keys=False))
    _run("generate", str(place / "large.yaml"), "-o", str(place / "large"))
    return place / "large"


def _measure_drift(app: Path, options: tuple[str, ...], runs: int) -> str:
    """Return a row about what drift spends beyond a process that does nothing."""
    subprocess.run(["git", "init", "-q"], cwd=app, check=True)
    subprocess.run(["git", "add", "-A"], cwd=app, check=True)
    spent = [_timed("drift", str(app), *options) for _ in range(runs)]
    nothing = [_timed("--version") for _ in range(runs)]
    shutil.rmtree(app / ".git")
    middle = statistics.median(spent) - statistics.median(nothing)
    count = len(read_manifest(app).files)
    what = " ".join(("guard drift", *options))
    least = min(spent) - min(nothing)
    return (
        f"| `{what}` on {count} files, beyond `guard --version` ({min(nothing):.0f} to "
        f"{statistics.median(nothing):.0f} ms) | {middle:.0f} ms, least {least:.0f} ms |"
    )


def _with_weight(text: str) -> str:
    for name in ("Product", "ProductCreate", "ProductUpdate"):
        at = text.index("      properties:\n", text.index(f"\n    {name}:\n"))
        at += len("      properties:\n")
        text = text[:at] + _FIELD + text[at:]
    return text


def _run(*arguments: str) -> None:
    subprocess.run([*GUARD, *arguments], check=True, stdout=subprocess.DEVNULL)


def _timed(*arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(*arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _regenerated(old: Path, copy: Path, spec: Path) -> float:
    shutil.copytree(old, copy)
    return _timed("regenerate", str(copy), "--spec", str(spec), "--no-verify")


def _kill_often(old: Path, spec: Path, place: Path, kills: int) -> tuple[int, int, int]:
    """Return how many edits were lost, how many applications torn, how many kills hit half way."""
    wanted = place / "wanted"
    shutil.copytree(old, wanted)
    run_regenerate(wanted, RegenerateOptions(spec=spec, verify=False))
    shutil.rmtree(wanted / ".guard/undo")
    before, after = _contents(old), _contents(wanted)
    contents = {p: after.get(p) for p in before | after if before.get(p) != after.get(p)}
    draw = random.Random(1)
    lost = torn = half = 0
    whole = _time_swap(old, place / "timed", contents)
    for number in range(kills):
        target = place / "target"
        shutil.copytree(old, target)
        _kill_swap(target, contents, draw.uniform(0.2, 1.1) * whole)
        now = _contents(target)
        changed = [p for p in contents if now.get(p) != before.get(p)]
        half += 0 < len(changed) < len(contents)
        edited, restored = _act_as_person(target, contents, before, draw, number % 3)
        _go_on(target, spec)
        found = _files(target)
        lost += bool(edited) and _EDIT.encode() not in found.get(edited, b"")
        theirs = {edited, restored}  # where the change was over, restoring is an edit as well
        rest = {p: d for p, d in found.items() if p not in theirs}
        torn += rest != {p: d for p, d in _files(wanted).items() if p not in theirs}
        if restored:
            torn += found.get(restored) not in (before[restored], after[restored])
        shutil.rmtree(target)
    return lost, torn, half


def _time_swap(old: Path, copy: Path, contents: dict[str, bytes | None]) -> float:
    """Return how long a whole change takes, in seconds."""
    shutil.copytree(old, copy)
    began = time.monotonic()
    swap(copy, contents)
    return time.monotonic() - began


def _kill_swap(target: Path, contents: dict[str, bytes | None], seconds: float) -> None:
    child = os.fork()
    if child == 0:
        try:
            with lock(target):
                swap(target, contents)
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _act_as_person(
    target: Path,
    contents: dict[str, bytes | None],
    before: dict[str, bytes],
    draw: random.Random,
    what: int,
) -> tuple[str, str]:
    """Edit or restore a file as a person does after a kill; return the one and the other."""
    paths = sorted(p for p in contents if p.endswith(".py") and p in before and "alembic" not in p)
    path = draw.choice(paths)
    if what == 1:
        (target / path).write_bytes((target / path).read_bytes() + _EDIT.encode())
        return path, ""
    if what == 2:
        (target / path).write_bytes(before[path])
        return "", path
    return "", ""


def _go_on(target: Path, spec: Path) -> None:
    """Do what the messages say."""
    try:
        run_recover(target)
    except UsageError:
        shutil.rmtree(target / ".guard/undo")
    run_regenerate(target, RegenerateOptions(spec=spec, verify=False))


def _save_often(old: Path, spec: Path, place: Path, saves: int) -> int:
    """Return how many files that were saved during a verification hold something else after it."""
    draw = random.Random(2)
    lost = 0
    paths = [p for p in _files(old) if p.startswith("src/") and p.endswith(".py")]
    for _ in range(saves):
        target = place / "target"
        shutil.copytree(old, target)
        path = target / draw.choice(paths)

        def save(step: str, path: Path = path) -> None:
            if step == "compliance":  # the copy is made: this is the verification
                path.write_bytes(path.read_bytes() + _EDIT.encode())

        with suppress(GuardError):
            run_regenerate(target, RegenerateOptions(spec=spec), progress=save)
        lost += _EDIT.encode() not in path.read_bytes()
        shutil.rmtree(target)
    return lost


def _contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".guard/undo" not in path.as_posix()
    }


def _files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.relative_to(root).as_posix().startswith(".guard/")
    }


if __name__ == "__main__":
    sys.exit(main())
