"""Plays GitHub's runner: takes each step's script out of `action.yml` and runs it under bash."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")


class StepResult(NamedTuple):
    """What one step said and left behind."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str


class Runner:
    """One job on one repository: steps share its files, as on GitHub.

    Args:
        repo: the checked-out repository.
        folder: where the runner keeps its own files.
        event_name: the kind of event.
        payload: GitHub's description of the event; a text is written as it is.
        inputs: what the workflow passes to the action.
        environ: further variables.
    """

    def __init__(
        self,
        repo: Path,
        folder: Path,
        event_name: str,
        payload: dict[str, Any] | str,
        inputs: dict[str, str] | None = None,
        environ: dict[str, str] | None = None,
    ) -> None:
        folder.mkdir()
        self.repo, self.folder = repo, folder
        text = payload if isinstance(payload, str) else json.dumps(payload)
        (folder / "event.json").write_text(text)
        defaults = {name: str(item.get("default", "")) for name, item in ACTION["inputs"].items()}
        self.inputs = {**defaults, "token": "secret", **(inputs or {})}
        self.steps: dict[str, dict[str, str]] = {"python": {"python-path": sys.executable}}
        self.environ = {
            **os.environ,
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_EVENT_NAME": event_name,
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "GITHUB_REPOSITORY": "team/app",
            "GITHUB_WORKSPACE": str(repo),
            "RUNNER_TEMP": str(folder),
            **(environ or {}),
        }

    def use_this_python(self) -> None:
        """Stand in for the install step, which needs a package registry."""
        self.steps["install"] = {"python": sys.executable}

    def run(self, needle: str) -> StepResult:
        """Run the one step whose script contains `needle`."""
        (step,) = [s for s in ACTION["runs"]["steps"] if needle in s.get("run", "")]
        output, summary = self.folder / "output", self.folder / "summary"
        output.write_text("")
        summary.touch()
        values = {name: self._filled(str(value)) for name, value in step.get("env", {}).items()}
        # As GitHub runs `shell: bash`.
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.repo,
            env={
                **self.environ,
                **values,
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
            },
            capture_output=True,
            check=False,
        )
        outputs = parse_outputs(output.read_text())
        if "id" in step:
            self.steps[step["id"]] = outputs
        log = (done.stdout + done.stderr).decode()
        return StepResult(done.returncode, log, outputs, summary.read_text())

    def check(self) -> StepResult:
        """Run the check step, then the last one; the code is that of the job."""
        self.use_this_python()
        checked = self.run("check.py")
        if checked.code:
            return checked
        return checked._replace(code=self.run("exit ").code)

    def _filled(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            match match[1].split("."):
                case ["inputs", name]:
                    return self.inputs[name]
                case ["steps", step, "outputs", name]:
                    return self.steps[step].get(name, "")
            raise AssertionError(f"the runner does not know {match[0]}")

        return _EXPRESSION.sub(value, text)


def parse_outputs(text: str) -> dict[str, str]:
    """Return what a step wrote to GITHUB_OUTPUT, as the runner reads it."""
    outputs: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, equals, value_of_line = line.partition("=")
        if equals and "<<" not in name:
            outputs[name] = value_of_line
            continue
        name, _, delimiter = line.partition("<<")
        assert delimiter, line
        value = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        outputs[name] = "\n".join(value)
    return outputs
