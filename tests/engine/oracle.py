"""Asks an installed semgrep what it finds: the oracle of the differential tests.

It takes a minute and a half for what all of them ask, and says the same each time. So the answers
of the semgrep of the development set-up are kept beside what pytest keeps, by all that they depend
on; with `GUARD_TEST_FRESH`, and after `pytest --cache-clear`, it is asked again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
# semgrep drops all it found in a file, without a word, where that is more than ten thousand.
BATCH = 300
_KEPT = ROOT / ".pytest_cache" / "d" / "semgrep"
_FRESH = bool(os.environ.get("GUARD_TEST_FRESH"))
_OPTIONS = (
    "--metrics", "off", "--disable-version-check", "--json",
    "--no-git-ignore", "--disable-nosem", "--max-target-bytes", "0",
    # On a busy machine five seconds pass, and a file is then given up without a word.
    "--timeout", "120", "--timeout-threshold", "0",
)  # fmt: skip
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
    contents = {n: s.encode() if isinstance(s, str) else s for n, s in sources.items()}
    for name, content in contents.items():
        (code / name).write_bytes(content)
    merged = Answer({}, set(), set())
    for start in range(0, len(rules), BATCH):
        written = json.dumps({"rules": rules[start : start + BATCH]})
        (folder / "rules.json").write_text(written)
        part = _read_answer(_ask_once(folder, semgrep, _name_answer(semgrep, written, contents)))
        merged.spans |= part.spans
        merged.bad_rules |= part.bad_rules
        merged.bad_files |= part.bad_files
    return merged


def _name_answer(semgrep: str, rules: str, contents: Mapping[str, bytes]) -> Path | None:
    """Return where an answer is kept, None where it is not known which semgrep gives it."""
    found = sorted(Path(semgrep).parents[1].glob("lib/python*/site-packages/semgrep-*.dist-info"))
    if _FRESH or not Path(semgrep).is_relative_to(ROOT) or len(found) != 1:
        return None
    asked = [
        found[0].name,
        *_OPTIONS,
        rules,
        *(part for item in sorted(contents.items()) for part in item),
    ]
    digest = hashlib.sha256()
    for part in asked:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return _KEPT / f"{digest.hexdigest()}.json"


def _ask_once(folder: Path, semgrep: str, kept: Path | None) -> bytes:
    """Return what semgrep prints, or printed before."""
    if kept and kept.exists():
        return kept.read_bytes()
    command = [semgrep, "scan", *_OPTIONS, "--config", "rules.json", "src"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if kept and "imeout" not in str(json.loads(done.stdout)["errors"]):
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_bytes(done.stdout)
        part.replace(kept)
    return done.stdout


def _read_answer(printed: bytes) -> Answer:
    answer = json.loads(printed)
    spans: Spans = {}
    for found in answer["results"]:
        start, end = found["start"], found["end"]
        key = (found["check_id"].rpartition(".")[2], Path(found["path"]).name)
        spans.setdefault(key, set()).add((start["line"], start["col"], end["line"], end["col"]))
    errors = answer["errors"]
    rules_off = {str(e["rule_id"]).rpartition(".")[2] for e in errors if e.get("rule_id")}
    files_off = {Path(e["path"]).name for e in errors if e.get("path") and not e.get("rule_id")}
    return Answer(spans, rules_off, files_off)
