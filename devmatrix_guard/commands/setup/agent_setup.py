"""Plans the hooks that `guard init --agents` adds for the coding agents a repository uses."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from devmatrix_guard.commands.agents.events import (
    AGENTS,
    CLAUDE,
    CODEX,
    COPILOT,
    CURSOR,
    GEMINI,
    OPENCODE,
)
from devmatrix_guard.commands.setup.setup_edits import SetupEdit, read_text
from devmatrix_guard.errors import UsageError

# A colleague, or a sandbox, without guard goes on undisturbed: some agents take a failing hook
# for a refusal.
_COMMAND = "if command -v guard >/dev/null 2>&1; then guard agent-hook --agent {agent}; fi"
_MARK = "guard agent-hook"
_SECONDS = 30
# What tells that an agent is used: in the repository, and in the home folder of the user.
_TRACES = {
    CLAUDE: ((".claude", "CLAUDE.md"), ".claude"),
    CURSOR: ((".cursor", ".cursorrules"), ".cursor"),
    COPILOT: ((".github/copilot-instructions.md", ".github/hooks", ".github/copilot"), ".copilot"),
    CODEX: ((".codex",), ".codex"),
    GEMINI: ((".gemini", "GEMINI.md"), ".gemini"),
    OPENCODE: ((".opencode", "opencode.json", "opencode.jsonc"), ".config/opencode"),
}
PLACES = {
    CLAUDE: ".claude/settings.json",
    CURSOR: ".cursor/hooks.json",
    COPILOT: ".github/hooks/guard.json",
    CODEX: ".codex/hooks.json",
    GEMINI: ".gemini/settings.json",
    OPENCODE: ".opencode/plugins/guard.js",
}
_PLUGIN = """\
// Runs `guard agent-hook` before and after each tool; `guard uninstall` takes this file out.
import { spawnSync } from "node:child_process"

const ask = (event, input, args, cwd) => {
  const told = { event, tool: input.tool, sessionID: input.sessionID, args, cwd }
  const done = spawnSync("guard", ["agent-hook", "--agent", "opencode"], {
    cwd, input: JSON.stringify(told), encoding: "utf8", timeout: 30000,
  })
  if (done.error || done.status !== 0 || !done.stdout) return {}
  try { return JSON.parse(done.stdout) } catch { return {} }
}

export const Guard = async ({ directory }) => {
  const args = new Map()
  return {
    "tool.execute.before": async (input, output) => {
      args.set(input.callID, output.args)
      const answer = ask("tool.execute.before", input, output.args, directory)
      if (answer.deny) throw new Error(answer.deny)
    },
    "tool.execute.after": async (input, output) => {
      const given = args.get(input.callID) ?? input.args ?? {}
      args.delete(input.callID)
      const answer = ask("tool.execute.after", input, given, directory)
      if (answer.text) output.output = `${output.output ?? ""}\\n\\n${answer.text}`
    },
  }
}
"""


class AgentPlan(NamedTuple):
    """The agents that were found, and what is to be edited for them."""

    agents: tuple[str, ...]
    edits: tuple[SetupEdit, ...]


def plan_agents(root: Path, named: Sequence[str], environ: Mapping[str, str]) -> AgentPlan:
    """Return the hooks to add for agents: those named, or else those that are used.

    Args:
        root: the work tree.
        named: the agents to set up; none to look which are used.
        environ: where `HOME` tells what the user has.

    Raises:
        UsageError: none is named or found, or a file of an agent cannot be added to.
    """
    agents = tuple(dict.fromkeys(named)) or tuple(find_agents(root, environ))
    if not agents:
        raise UsageError(f"No coding agent was found here; name one: --agent {'|'.join(AGENTS)}.")
    return AgentPlan(agents, tuple(edit for agent in agents for edit in _plan_agent(root, agent)))


def find_agents(root: Path, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the agents that have left a trace in the repository, or else in the user's home."""
    traces = _TRACES.items()
    here = [agent for agent, (names, _) in traces if any((root / n).exists() for n in names)]
    home = environ.get("HOME", "")
    if not here and os.path.isabs(home):  # noqa: PTH117
        here = [agent for agent, (_, name) in traces if (Path(home) / name).is_dir()]
    yield from here


def _plan_agent(root: Path, agent: str) -> Iterator[SetupEdit]:
    path = PLACES[agent]
    if not os.path.lexists(root / path):
        text = _PLUGIN if agent == OPENCODE else _write(make_entries(agent), "  ")
        yield SetupEdit(path, 0, "", text, created=True)
        return
    before = read_text(root, path)
    if _MARK in before or (agent == OPENCODE and before == _PLUGIN):
        return
    if agent == OPENCODE:
        raise UsageError(f"{path} is there already and is not guard's; move it away.")
    after = _add_entries(path, before, make_entries(agent))
    yield _find_smallest_edit(path, before, after)


def make_entries(agent: str) -> dict[str, Any]:
    """Return what an agent's file of hooks holds of guard's."""
    command = _COMMAND.format(agent=agent)
    if agent == CURSOR:
        entry = {"command": command, "timeout": _SECONDS}
        hooks: dict[str, Any] = {"preToolUse": [entry], "postToolUse": [entry]}
        return {"version": 1, "hooks": hooks | {"stop": [entry | {"loop_limit": 2}]}}
    if agent == COPILOT:
        entry = {"type": "command", "command": command, "timeoutSec": _SECONDS}
        return {"version": 1, "hooks": {e: [entry] for e in ("PreToolUse", "PostToolUse", "Stop")}}
    run: dict[str, Any] = {"type": "command", "command": command, "timeout": _SECONDS}
    if agent == GEMINI:
        run = {"name": "guard"} | run | {"timeout": _SECONDS * 1000}
        tools = "write_file|replace|edit|run_shell_command"
        edits, before = "write_file|replace|edit", "BeforeTool"
        after, stop = "AfterTool", "AfterAgent"
    else:
        tools = "Edit|MultiEdit|Write|NotebookEdit|apply_patch|Bash"
        edits, before = tools.removesuffix("|Bash"), "PreToolUse"
        after, stop = "PostToolUse", "Stop"
    return {
        "hooks": {
            before: [{"matcher": tools, "hooks": [run]}],
            after: [{"matcher": edits, "hooks": [run]}],
            stop: [{"hooks": [run]}],
        }
    }


def _add_entries(path: str, text: str, entries: dict[str, Any]) -> str:
    """Return a file of settings with our hooks behind those that are there.

    Raises:
        UsageError: it is not JSON that can be added to.
    """
    try:
        data = json.loads(text)
        hooks = data.setdefault("hooks", {})
        for event, added in entries["hooks"].items():
            hooks.setdefault(event, []).extend(added)
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        shown = _write(entries, "  ")
        raise UsageError(
            f"{path} is no JSON that can be added to; add this by hand:\n{shown}"
        ) from error
    for key, value in entries.items():
        data.setdefault(key, value)
    lines = (line for line in text.splitlines()[1:] if line.strip())
    indent = next((line[: -len(line.lstrip())] for line in lines), "")
    written = _write(data, indent or "  ")
    return written.replace("\n", "\r\n") if "\r\n" in text else written


def _write(data: dict[str, Any], indent: str) -> str:
    return json.dumps(data, indent=indent, ensure_ascii=False) + "\n"


def _find_smallest_edit(path: str, before: str, after: str) -> SetupEdit:
    """Return the one edit between what two texts begin and end with alike."""
    least = min(len(before), len(after))
    start = next((i for i in range(least) if before[i] != after[i]), least)
    end = 0
    while end < least - start and before[-1 - end] == after[-1 - end]:
        end += 1
    removed, inserted = before[start : len(before) - end], after[start : len(after) - end]
    return SetupEdit(path, start, removed, inserted)
