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
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent))  # -I leaves the script's own folder out

from event import Event, EventError, range_of, read_event, run_git
from place import PlaceError, write_without_links
from suggestions import make_suggestions

_LAUNCHER = str(Path(__file__).resolve().parent / "guard.py")
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
    # A new folder, so that nothing that lay there before can pass for this run's report.
    folder = Path(tempfile.mkdtemp(prefix="devmatrix-guard-report-", dir=os.environ["RUNNER_TEMP"]))
    outputs = {
        "json": folder / "guard.json",
        "sarif": folder / "guard.sarif",
        "markdown": folder / "guard.md",
    }
    _put_sarif(inputs["SARIF_FILE"], None)  # a file the checkout brings is no report of this run
    code = _check(compared, inputs, outputs)
    if outputs["markdown"].is_file():
        _append("GITHUB_STEP_SUMMARY", outputs["markdown"].read_text("utf-8"))
    values = {"exit-code": str(code), **_results(event, compared, outputs)}
    if "sarif-file" in values and _put_sarif(inputs["SARIF_FILE"], outputs["sarif"].read_bytes()):
        values["sarif-file"] = inputs["SARIF_FILE"]
    _hand_on(values)
    return 0


def _put_sarif(wanted: str, report: bytes | None) -> bool:
    """Put the report where the workflow wants it, or with None remove what is there."""
    if not wanted:
        return False
    try:
        write_without_links(Path(os.environ["GITHUB_WORKSPACE"]), wanted, report)
    except PlaceError as error:
        if report is not None:
            print(f"::warning title=devmatrix-guard::{_escaped(str(error))}")
        return False
    return True


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
    command = [sys.executable, "-I", _LAUNCHER, os.environ["GITHUB_WORKSPACE"], "check"]
    return subprocess.run([*command, *arguments], env=_environment(), check=False, **options)


def _environment() -> dict[str, str]:
    """Return the environment without what a Python that guard starts would obey."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _results(event: Event, compared: str, outputs: Mapping[str, Path]) -> dict[str, str]:
    if not outputs["sarif"].is_file() or not outputs["json"].is_file():
        return {}
    everything = json.loads(outputs["sarif"].read_text("utf-8"))["runs"][0]["results"]
    report = json.loads(outputs["json"].read_text("utf-8"))
    new = report["findings"]
    suggestions = outputs["json"].with_name("suggestions.json")
    suggestions.write_text(json.dumps(make_suggestions(new, compared)), "utf-8")
    may_write = not event.is_from_fork and event.name != ""
    return {
        "findings": str(max(len(everything), len(new))),
        "new-findings": str(len(new)),
        "fixed": str(_count_fixed(compared, {finding["fingerprint"] for finding in new})),
        # A version of guard that was asked for may be older than these two.
        "unjudged": str(len(report.get("unjudged", ()))),
        "new-suppressions": str(len(report.get("new_suppressions", ()))),
        "sarif-file": str(outputs["sarif"]),
        "summary-file": str(outputs["markdown"]),
        "suggestions-file": str(suggestions),
        "report-folder": str(outputs["markdown"].parent),
        "may-upload": "true" if may_write else "false",
    }


def _count_fixed(compared: str, present: set[str]) -> int:
    """Return how many findings the old lines had that the new ones lack, by looking backwards."""
    base, dots, head = compared.partition("...")
    if not dots:
        return 0
    start = run_git("merge-base", base, head).stdout.decode().strip() or base
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
