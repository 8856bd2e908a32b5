"""The entries, lines and files that `init` puts into a repository."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from devmatrix_guard import __version__
from devmatrix_guard.commands.setup.source import PACKAGE

HOOK_IDS = ("guard", "guard-fix", "guard-range")
HOOK_COMMAND = "guard-hook"
WORKFLOW_PATH = ".github/workflows/guard.yml"
IGNORED = "# devmatrix-guard: caches and the embedded memory\n.guard/cache/\n.guard/memory.db*\n"
LEFTHOOK_KEYS = ("pre-commit", "commands")
# A colleague without guard is told what to do, and stopped only where GUARD_MISSING says so.
_IF_INSTALLED = """\
if command -v {command} >/dev/null 2>&1; then {command}{files}; else \
echo "{command} is not on PATH: nothing was checked. pip install {package}=={version}" >&2; \
[ "${{GUARD_MISSING:-pass}}" != fail ]; fi"""
_NAMES = {"command": HOOK_COMMAND, "package": PACKAGE, "version": __version__}
HUSKY_LINE = _IF_INSTALLED.format(files="", **_NAMES) + "\n"
MERGE_DRIVER = """\
[merge "guard"]
\tname = files of generated applications, merged by their meaning
\tdriver = guard merge-driver %O %A %B %P
"""
# Without {staged_files}: lefthook leaves a command out where a commit only deletes files.
LEFTHOOK_ENTRY = {"guard": {"run": _IF_INSTALLED.format(files="", **_NAMES)}}

_HOOK = {
    "id": "guard",
    "name": "devmatrix-guard",
    "entry": HOOK_COMMAND,
    "language": "python",
    "additional_dependencies": [f"{PACKAGE}=={__version__}"],
    "types": ["text"],
    "always_run": True,  # runners name no deleted file, and a regression test may be one
    "require_serial": True,
}
_LOCAL_HOOK = {key: _HOOK[key] for key in _HOOK if key != "additional_dependencies"} | {
    "language": "system"
}
_CHECKOUT = """\
name: guard

on:
  pull_request:
  merge_group:

permissions:
  contents: read

jobs:
  guard:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
          persist-credentials: false
"""
# What the action needs for its comment and for code scanning; GitHub gives forks neither.
_READS = "permissions:\n  contents: read\n"
_WRITES = (
    "  security-events: write # to upload the SARIF report\n"
    "  pull-requests: write # to keep the comment\n"
)
_ACTION_STEP = """\
      - uses: {slug}@v{version}
"""
# Python starts isolated (-I), and is installed and started outside the checkout: a pull request may
# bring a json.py, a pip.conf or a .python-version.
_INSTALLED_STEPS = """\
      - id: python
        uses: actions/setup-python@v5
        with:
          python-version: "3.12"
          update-environment: false
      # Isolated, and away from the checkout: nothing that a pull request adds is run.
      - working-directory: ${{{{ runner.temp }}}}
        env:
          PYTHON: ${{{{ steps.python.outputs.python-path }}}}
          PIP_CONFIG_FILE: /dev/null
        run: |
          "$PYTHON" -I -m venv guard
          guard/bin/python -I -m pip --isolated install devmatrix-guard=={version}
      - env:
          BASE: ${{{{ github.event.pull_request.base.sha || github.event.merge_group.base_sha }}}}
        run: >-
          "$RUNNER_TEMP/guard/bin/python" -I -m devmatrix_guard
          check --range "$BASE...HEAD" --format github
"""


def make_hook_entry(source: str | None, *, local: bool = False) -> dict[str, Any]:
    """Return the entry of a hook manager: guard pinned from `source`, or the installed one.

    Without a source the runner installs the pinned package, which takes no repository to be known.
    """
    if source and not local:
        return {"repo": source, "rev": f"v{__version__}", "hooks": [{"id": "guard"}]}
    return {"repo": "local", "hooks": [_LOCAL_HOOK if local else _HOOK]}


def render_prek_entry(source: str | None, *, local: bool = False) -> str:
    """Return the same entry as text for `prek.toml`."""
    entry = make_hook_entry(source, local=local)
    head = "".join(f"{key} = {json.dumps(entry[key])}\n" for key in entry if key != "hooks")
    hooks = ", ".join(_inline_table(hook) for hook in entry["hooks"])
    return f"[[repos]]\n{head}hooks = [{hooks}]\n"


def render_workflow(source: str | None) -> str:
    """Return a workflow that checks pull requests, by the action where `source` is on GitHub."""
    prefix = "https://github.com/"
    if source and source.startswith(prefix):
        slug = source.removeprefix(prefix).removesuffix(".git").strip("/")
        workflow = _CHECKOUT.replace(_READS, _READS + _WRITES)
        return workflow + _ACTION_STEP.format(slug=slug, version=__version__)
    return _CHECKOUT + _INSTALLED_STEPS.format(version=__version__)


def read_native_hooks() -> Iterator[tuple[str, str]]:
    """Yield the name and text of each git hook script that comes with the package."""
    package = Path(__file__).parents[2]
    installed = package / "native_hooks"
    folder = installed if installed.is_dir() else package.parent / "hooks"
    for file in sorted(folder.iterdir()):
        if file.is_file() and not file.suffix:
            yield file.name, file.read_text("utf-8")


def _inline_table(values: dict[str, Any]) -> str:
    pairs = ", ".join(f"{key} = {json.dumps(value)}" for key, value in values.items())
    return f"{{ {pairs} }}"
