"""Measure whether generations learn: the same faults with the memory and without it.

    .venv/bin/python bench/learning.py [--runs 200] [--repairs 100] [--seed 1] [--costs 9]

A run generates one of 40 specs of `bench/api_styles.py` anew, in process, and checks it. Faults are
planted by the seed: a version of an InfraPattern that cannot be imported comes into the bank; an
emitter writes a wrong name; a person breaks a file of a good version; the machine has no room. A
person repairs what an emitter or a person broke, and the next check passes.

What ruff finds undefined stands for what fails to import, and where it finds nothing, imports, lint
and tests count as passed: running forty applications' tests two hundred times takes hours. What is
no Python is parsed.
Repairs are those of `guard repair` on small applications with one planted mistake each, counted in
rounds until the comparison with the spec and ruff are content; three without success count as four.
Costs are processor seconds of `guard generate` on the shop, as processes of their own, medians.
Prints Markdown. No network is used.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from api_styles import make_specs  # noqa: E402

from devmatrix_guard.commands.application.application import read_generated  # noqa: E402
from devmatrix_guard.commands.application.context import read_context  # noqa: E402
from devmatrix_guard.commands.application.generate import run_generate  # noqa: E402
from devmatrix_guard.commands.application.repair import run_repair  # noqa: E402
from devmatrix_guard.commands.loop.outcome import record_outcome  # noqa: E402
from devmatrix_guard.commands.project_memory import open_project_memory  # noqa: E402
from devmatrix_guard.generator import strata  # noqa: E402
from devmatrix_guard.generator.bank.change import freeze_text  # noqa: E402
from devmatrix_guard.generator.bank.lookup import PatternBank  # noqa: E402
from devmatrix_guard.generator.regenerate.syntax import find_syntax_error, has_syntax  # noqa: E402
from devmatrix_guard.model.knowledge.learning import CheckOutcome, RunOutcome  # noqa: E402

RUFF = Path(sys.executable).with_name("ruff")
SHOP = ROOT / "examples" / "shop" / "shop.yaml"
BAD, GOOD = "errors", "src/core/config.py"
WRONG = ("Show(session, viewer)", "Show(session, viewr)")
_ROUNDS = 3


class Tally(NamedTuple):
    """What the runs of one arm came to."""

    runs: int = 0
    first_pass: int = 0
    chances: int = 0
    repeats: int = 0
    bad_uses: int = 0
    demoted: int = 0


@contextmanager
def plant_emitter_fault() -> Iterator[None]:
    """Let the emitter of services write a name that is not there."""
    kept = strata.emit_service
    strata.emit_service = lambda *given: kept(*given).replace(*WRONG)  # type: ignore[assignment]
    try:
        yield
    finally:
        strata.emit_service = kept


def check(root: Path) -> list[CheckOutcome]:
    """Return the checks of an application, as far as ruff can make them."""
    done = subprocess.run(
        [RUFF, "check", "--no-cache", "--isolated", "--select", "F821,E9", "--output-format",
         "concise", "src"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if re.match(r"\S+\.py:\d+", line)]
    findings = tuple(re.sub(r":\d+:\d+: ", ": ", line) for line in lines)
    if lines:
        return [CheckOutcome("imports", passed=False, detail=done.stdout, findings=findings)]
    texts = {
        place.relative_to(root).as_posix(): place.read_text("utf-8")
        for place in root.rglob("*")
        if place.suffix != ".py" and place.is_file() and has_syntax(place.name)
    }
    broken = [path for path, text in texts.items() if find_syntax_error(path, text)]
    passed = [CheckOutcome(name, passed=True) for name in ("imports", "lint", "tests")]
    return [*passed, CheckOutcome("config", passed=not broken, detail="\n".join(broken))]


def run_arm(work: Path, specs: list[Path], runs: int, seed: int, *, memory: bool) -> Tally:
    """Return what happens in one arm; the folder keeps its memory."""
    chance = random.Random(seed)
    repo = work / ("with" if memory else "without")
    subprocess.run(["git", "init", "-q", repo], check=True)
    bad_from, emitter_from = runs // 10, runs // 5
    result, repaired = Tally(), set[str]()
    for number in range(runs):
        if number == bad_from:
            plant_bad_version(repo)
        kind = chance.choices(["", "person", "machine"], [85, 10, 5])[0]
        target = repo / f"app-{number}"
        spec = specs[number % len(specs)]
        if number >= emitter_from:
            with plant_emitter_fault():
                result = judge(target, spec, kind, result, repaired, memory=memory)
        else:
            result = judge(target, spec, kind, result, repaired, memory=memory)
        shutil.rmtree(target)
    return result


def plant_bad_version(repo: Path) -> None:
    """Freeze a version of a pattern that cannot be imported."""
    context = read_context(repo)
    with open_project_memory(context.settings, repo) as memory:
        body = PatternBank().get(BAD).body + "\n\nRULES = undefined_name\n"
        freeze_text(memory.infra, PatternBank(bank=memory.infra), BAD, body, "2026-11-30")


def judge(
    target: Path,
    spec: Path,
    kind: str,
    tally: Tally,
    repaired: set[str],
    *,
    memory: bool,
) -> Tally:
    """Generate, check, record, and repair as a person would."""
    os.environ["GUARD_LOOK_BACK_MS"] = "50" if memory else "0"
    run_generate(spec, target)
    application = read_generated(target)
    uses_bad = "RULES = undefined_name" in application.files["src/api/errors.py"]
    if kind == "person":
        path = target / GOOD
        path.write_text(path.read_text() + "\nMISTAKE = a_name_of_mine\n")
        application = read_generated(target)
    checks = check(target)
    if kind == "machine":
        checks = [CheckOutcome("tests", passed=False, detail="OSError: No space left on device")]
    context = read_context(target)
    outcome = RunOutcome(tuple(checks), 1.0)
    recorded = record_outcome(context, outcome, application=application, command="verify")
    caused = [e for e in recorded.met if e.cause in ("pattern", "emitter")]
    again = {f"{e.signature} {e.infra_pattern or e.emitter}" for e in caused}
    tally = tally._replace(
        runs=tally.runs + 1,
        first_pass=tally.first_pass + outcome.passed,
        chances=tally.chances + bool(repaired),
        repeats=tally.repeats + bool(again & repaired),
        bad_uses=tally.bad_uses + uses_bad,
        demoted=tally.demoted + any(ref.startswith("config@") for ref in recorded.charged),
    )
    if not outcome.passed and kind != "machine":
        repair_by_hand(target)
        fixed = record_outcome(context, RunOutcome(tuple(check(target)), 1.0), command="verify")
        if not fixed.met:
            repaired |= again
    return tally


def repair_by_hand(target: Path) -> None:
    """Repair what was planted, in the files themselves."""
    for path in [
        *(target / "src/services").glob("*.py"),
        target / GOOD,
        target / "src/api/errors.py",
    ]:
        text = path.read_text()
        new = text.replace(WRONG[1], WRONG[0]).replace("\nMISTAKE = a_name_of_mine\n", "")
        new = new.replace("\n\nRULES = undefined_name\n", "")
        if new != text:
            path.write_text(new)


def measure_lineage(repo: Path) -> dict[str, int]:
    """Count what the memory cannot lead back to where it came from."""
    context = read_context(repo)
    with open_project_memory(context.settings, repo, create=False) as memory:

        def count(sql: str) -> int:
            row = memory.database.fetch_row(sql)
            return int(row[0]) if row else 0

        edge = "SELECT 1 FROM lineage_edges e WHERE e.target_id = n.id AND e.kind"
        return {
            "files": count("SELECT count(*) FROM lineage_nodes n WHERE kind = 'file'"),
            "files without origin": count(
                "SELECT count(*) FROM lineage_nodes n WHERE kind = 'file' AND NOT EXISTS "
                f"({edge} = 'generated')"
            ),
            "runs without spec": count(
                "SELECT count(*) FROM pipeline_runs WHERE spec_hash IS NULL OR ir_hash IS NULL"
            ),
            "outcomes without run": count(
                "SELECT count(*) FROM infra_outcomes WHERE run_id IS NULL"
            ),
            "proven files": count(
                "SELECT count(*) FROM generation_events e WHERE event_type = 'file' AND EXISTS "
                "(SELECT 1 FROM infra_tallies t WHERE t.successes > 0 "
                "AND t.pattern_id || '@' || t.version = e.infra_pattern)"
            ),
            "pattern files": count(
                "SELECT count(*) FROM generation_events WHERE infra_pattern IS NOT NULL"
            ),
            "all files": count("SELECT count(*) FROM generation_events WHERE event_type = 'file'"),
        }


MISTAKES = {
    "an import that nothing uses": ("class {}Service:", "import os\n\n\nclass {}Service:"),
    "a wrong status": ("status_code=201", "status_code=200"),
}


def run_repairs(work: Path, count: int, *, memory: bool) -> dict[str, list[int]]:
    """Return the rounds to green of each planted mistake, by its kind."""
    repo = work / f"repairs-{'with' if memory else 'without'}"
    subprocess.run(["git", "init", "-q", repo], check=True)
    rounds: dict[str, list[int]] = {kind: [] for kind in MISTAKES}
    nouns = [f"Thing{chr(65 + n % 26)}{chr(97 + n // 26)}" for n in range(count)]
    for number, noun in enumerate(nouns):
        kind = list(MISTAKES)[number % len(MISTAKES)]
        target = repo / noun.lower()
        run_generate(write_small_spec(repo, noun), target)
        break_it(target, kind, noun)
        rounds[kind].append(count_rounds(target, memory=memory))
        shutil.rmtree(target)
    return rounds


def break_it(target: Path, kind: str, noun: str) -> None:
    before, after = (text.format(noun) for text in MISTAKES[kind])
    for path in sorted(target.glob("src/**/*.py")):
        text = path.read_text()
        if text.count(before) == 1:
            path.write_text(text.replace(before, after))
            return
    raise AssertionError(f"there is no place for {kind}")


def count_rounds(target: Path, *, memory: bool) -> int:
    """Repair until the checks are content; what never is, a person repairs, and guard learns it."""
    context = read_context(target)
    for number in range(1, _ROUNDS + 1):
        record_outcome(context, RunOutcome(tuple(lint(target)), None))
        result = run_repair(target, python=Path(sys.executable), memory=memory)
        if result.after.overall.recall == 1.0 and all(c.passed for c in lint(target)):
            record_outcome(context, RunOutcome(tuple(lint(target)), 1.0))
            return number
    for path in target.glob("src/services/*.py"):
        path.write_text(path.read_text().replace("import os\n\n\n", ""))
    record_outcome(context, RunOutcome(tuple(lint(target)), 1.0))
    return _ROUNDS + 1


def lint(root: Path) -> list[CheckOutcome]:
    done = subprocess.run(
        [RUFF, "check", "--no-cache", "--output-format", "concise", "."],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if re.match(r"\S+\.py:\d+", line)]
    findings = tuple(re.sub(r":\d+:\d+: ", ": ", line) for line in lines)
    return [CheckOutcome("lint", passed=not lines, detail=done.stdout, findings=findings)]


def write_small_spec(repo: Path, noun: str) -> Path:
    """Write a spec with one entity that can be listed and made."""
    plural = f"{noun.lower()}s"
    title = {"title": {"type": "string", "maxLength": 80}}
    shown = {"type": "object", "required": ["id", "title"],
             "properties": {"id": {"type": "integer"}, **title}}  # fmt: skip
    given = {"type": "object", "required": ["title"], "properties": title}
    ref = {"$ref": f"#/components/schemas/{noun}"}

    def carry(schema: Any) -> dict[str, Any]:
        return {"content": {"application/json": {"schema": schema}}}

    post = {
        "operationId": f"create{noun}",
        "requestBody": {"required": True, **carry({"$ref": f"#/components/schemas/{noun}Input"})},
        "responses": {"201": {"description": "made", **carry(ref)}},
    }
    spec = {
        "openapi": "3.1.0",
        "info": {"title": noun, "version": "1.0.0"},
        "paths": {f"/{plural}": {"post": post}},
        "components": {"schemas": {noun: shown, f"{noun}Input": given}},
    }
    path = repo / f"{plural}.json"
    path.write_text(json.dumps(spec))
    return path


def measure_costs(work: Path, times: int) -> dict[str, list[float]]:
    """Return processor seconds of `guard generate` on the shop, by what the memory does."""
    repo = work / "costs"
    subprocess.run(["git", "init", "-q", repo], check=True)
    (repo / "a").write_text("a")
    subprocess.run(["git", "-C", repo, "add", "a"], check=True)
    subprocess.run(["git", "-C", repo, "-c", "user.name=a", "-c", "user.email=a@example.com",
                    "commit", "-qm", "a"], check=True)  # fmt: skip
    seconds: dict[str, list[float]] = {"--no-memory": [], "--memory": []}
    for number in range(times + 1):
        for option, found in seconds.items():
            shutil.rmtree(repo / "shop", ignore_errors=True)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(
                [sys.executable, "-m", "devmatrix_guard", "generate", SHOP, "-o", "shop", option],
                cwd=repo, check=True, capture_output=True,
            )  # fmt: skip
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            if number:  # the first makes bytecode and the memory
                found.append(spent)
    return seconds


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--repairs", type=int, default=100)
    parser.add_argument("--costs", type=int, default=9)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started, load = time.process_time(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="guard-learning-") as folder:
        work = Path(folder)
        specs = []
        for name, document in list(make_specs().items())[:40]:
            specs.append(work / f"{name}.json")
            specs[-1].write_text(json.dumps(document))
        print(f"{given.runs} runs over {len(specs)} specs, seed {given.seed}, load {load:.1f}\n")
        if given.runs:
            arms = {
                name: run_arm(work, specs, given.runs, given.seed, memory=name == "with")
                for name in ("without", "with")
            }
            print("| | " + " | ".join(arms) + " |\n| --- | --- | --- |")
            for field in Tally._fields:
                numbers = " | ".join(str(getattr(tally, field)) for tally in arms.values())
                print(f"| {field} | {numbers} |")
            print("\n", measure_lineage(work / "with"), sep="")
        if given.repairs:
            for name in ("without", "with"):
                rounds = run_repairs(work, given.repairs, memory=name == "with")
                for kind, counts in rounds.items():
                    mean, spread = statistics.fmean(counts), statistics.pstdev(counts)
                    said = f"{mean:.2f} rounds (sd {spread:.2f}, n {len(counts)})"
                    print(f"repair {name} memory, {kind}: {said}")
        if given.costs:
            costs = measure_costs(work, given.costs)
            pairs = zip(costs["--memory"], costs["--no-memory"], strict=True)
            share = statistics.median(more / less - 1 for more, less in pairs)
            print(f"recording: {share:+.1%} of the processor time, median of pairs")
            for option, found in costs.items():
                middle = statistics.median(found)
                said = f"{min(found):.3f} to {max(found):.3f}, n {len(found)}"
                print(f"{option}: {middle:.3f} s ({said})")
    print(f"processor seconds of this process: {time.process_time() - started:.0f}")


if __name__ == "__main__":
    main()
