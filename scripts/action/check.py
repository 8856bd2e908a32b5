"""Second step of the action: checks the event's range and hands on what was found.

Annotations go to the log, the Markdown report to the step summary, counts and files to the
outputs. The exit code is handed on too: the last step fails, after everything was reported.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from event import Event, EventError, range_of, read_event

_GATES = ("", "none", "info", "warning", "error")


def main() -> int:
    """Run the check; 0 unless the action itself is used wrongly."""
    inputs = {
        name: os.environ.get(f"GUARD_ACTION_{name}", "")
        for name in ("BASE", "HEAD", "FAIL_ON", "PATHS", "SARIF_FILE")
    }
    try:
        event = _event(inputs)
        if inputs["FAIL_ON"] not in _GATES:
            raise EventError(f"The input fail-on is not one of {', '.join(_GATES[1:])}.")
        compared = range_of(event, inputs["BASE"], inputs["HEAD"])
    except EventError as error:
        print(f"::error title=devmatrix-guard::{_escaped(str(error))}")
        return 2
    folder = Path(os.environ["RUNNER_TEMP"]) / "devmatrix-guard-report"
    folder.mkdir(parents=True, exist_ok=True)
    sarif = Path(inputs["SARIF_FILE"] or folder / "guard.sarif")
    for stale in (*folder.glob("guard.*"), sarif):
        stale.unlink(missing_ok=True)  # an earlier run's report must not pass for this one's
    outputs = {"json": folder / "guard.json", "sarif": sarif, "markdown": folder / "guard.md"}
    code = _check(compared, inputs, outputs)
    if outputs["markdown"].is_file():
        _append("GITHUB_STEP_SUMMARY", outputs["markdown"].read_text("utf-8"))
    _hand_on({"exit-code": str(code), **_results(event, compared, outputs)})
    return 0


def _event(inputs: Mapping[str, str]) -> Event:
    try:
        return read_event()
    except EventError:
        if inputs["BASE"]:  # the range is given: the event is not needed
            return Event("", {})
        raise


def _check(compared: str, inputs: Mapping[str, str], outputs: Mapping[str, Path]) -> int:
    arguments = ["--format", "github"]
    for name, file in outputs.items():
        arguments += ["--output", f"{name}:{file}"]
    if inputs["FAIL_ON"]:
        arguments += ["--fail-on", inputs["FAIL_ON"]]
    paths = [line.strip() for line in inputs["PATHS"].splitlines() if line.strip()]
    return _guard([*_scope(compared), *arguments, "--", *paths]).returncode


def _scope(compared: str) -> list[str]:
    return ["--range", compared, "--fetch"] if compared else ["--all"]


def _guard(arguments: Sequence[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
    sys.stdout.flush()
    return subprocess.run(
        [sys.executable, "-m", "devmatrix_guard", "check", *arguments], check=False, **options
    )


def _results(event: Event, compared: str, outputs: Mapping[str, Path]) -> dict[str, str]:
    if not outputs["sarif"].is_file() or not outputs["json"].is_file():
        return {}
    everything = json.loads(outputs["sarif"].read_text("utf-8"))["runs"][0]["results"]
    new = json.loads(outputs["json"].read_text("utf-8"))["findings"]
    may_write = not event.is_from_fork and event.name != ""
    return {
        "findings": str(max(len(everything), len(new))),
        "new-findings": str(len(new)),
        "fixed": str(_count_fixed(compared, {finding["fingerprint"] for finding in new})),
        "sarif-file": str(outputs["sarif"]),
        "summary-file": str(outputs["markdown"]),
        "may-upload": "true" if may_write else "false",
    }


def _count_fixed(compared: str, present: set[str]) -> int:
    """Return how many findings the old lines had that the new ones lack, by looking backwards."""
    base, dots, head = compared.partition("...")
    if not dots:
        return 0
    found = subprocess.run(["git", "merge-base", base, head], capture_output=True, check=False)
    start = found.stdout.decode().strip() or base
    done = _guard(
        ["--range", f"{head}..{start}", "--format", "json", "--exit-zero"], capture_output=True
    )
    if done.returncode:
        return 0
    before = {finding["fingerprint"] for finding in json.loads(done.stdout)["findings"]}
    return len(before - present)


def _hand_on(values: Mapping[str, str]) -> None:
    """Write outputs; a random delimiter, so that no value can end its own block."""
    delimiter = f"guard-{secrets.token_hex(16)}"
    lines = [f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in values.items()]
    _append("GITHUB_OUTPUT", "".join(lines))


def _append(variable: str, text: str) -> None:
    with Path(os.environ[variable]).open("a", encoding="utf-8") as stream:
        stream.write(text)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


if __name__ == "__main__":
    sys.exit(main())
