"""Asks an installed semgrep what it finds: the oracle of the differential tests."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
# semgrep drops all it found in a file, without a word, where that is more than ten thousand.
BATCH = 300
Span = tuple[int, int, int, int]
Spans = dict[tuple[str, str], set[Span]]


def semgrep_path() -> str | None:
    """Return the semgrep of the development set-up, or one on the path."""
    own = ROOT / ".tools" / "semgrep" / "bin" / "semgrep"
    return str(own) if own.exists() else shutil.which("semgrep")


class Answer:
    """What semgrep said: spans by (rule id, file name), and the rules and files it refused."""

    def __init__(self, spans: Spans, bad_rules: set[str], bad_files: set[str]) -> None:
        self.spans = spans
        self.bad_rules = bad_rules
        self.bad_files = bad_files


def ask(
    folder: Path, rules: Sequence[Mapping[str, Any]], sources: Mapping[str, str | bytes]
) -> Answer:
    """Run every rule on every source."""
    semgrep = semgrep_path()
    assert semgrep is not None
    code = folder / "src"
    code.mkdir(parents=True)
    for name, source in sources.items():
        (code / name).write_bytes(source.encode() if isinstance(source, str) else source)
    merged = Answer({}, set(), set())
    for start in range(0, len(rules), BATCH):
        part = _ask_once(folder, semgrep, rules[start : start + BATCH])
        merged.spans |= part.spans
        merged.bad_rules |= part.bad_rules
        merged.bad_files |= part.bad_files
    return merged


def _ask_once(folder: Path, semgrep: str, rules: Sequence[Mapping[str, Any]]) -> Answer:
    (folder / "rules.json").write_text(json.dumps({"rules": list(rules)}))
    done = subprocess.run(
        [
            semgrep, "scan", "--metrics", "off", "--disable-version-check", "--json",
            "--no-git-ignore", "--disable-nosem", "--max-target-bytes", "0",
            # On a busy machine five seconds pass, and a file is then given up without a word.
            "--timeout", "120", "--timeout-threshold", "0",
            "--config", "rules.json", "src",
        ],
        cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    answer = json.loads(done.stdout)
    spans: Spans = {}
    for found in answer["results"]:
        start, end = found["start"], found["end"]
        key = (found["check_id"].rpartition(".")[2], Path(found["path"]).name)
        spans.setdefault(key, set()).add((start["line"], start["col"], end["line"], end["col"]))
    errors = answer["errors"]
    rules_off = {str(e["rule_id"]).rpartition(".")[2] for e in errors if e.get("rule_id")}
    files_off = {Path(e["path"]).name for e in errors if e.get("path") and not e.get("rule_id")}
    return Answer(spans, rules_off, files_off)
