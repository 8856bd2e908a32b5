"""What a coding agent tells its hook, in the form of whichever agent it is, as one value."""

from __future__ import annotations

import json
import os

from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.named_value import NamedValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

CLAUDE, CURSOR, COPILOT = "claude", "cursor", "copilot"
CODEX, GEMINI, OPENCODE = "codex", "gemini", "opencode"
AGENTS = (CLAUDE, CURSOR, COPILOT, CODEX, GEMINI, OPENCODE)
BEFORE, AFTER, STOP, OTHER = "before", "after", "stop", "other"
# What each agent calls the three moments.
_MOMENTS = {
    "PreToolUse": BEFORE, "preToolUse": BEFORE, "BeforeTool": BEFORE,
    "beforeShellExecution": BEFORE, "tool.execute.before": BEFORE,
    "PostToolUse": AFTER, "postToolUse": AFTER, "AfterTool": AFTER, "afterFileEdit": AFTER,
    "tool.execute.after": AFTER,
    "Stop": STOP, "stop": STOP, "agentStop": STOP, "AfterAgent": STOP, "SubagentStop": STOP,
    "subagentStop": STOP,
}  # fmt: skip
_PATH_KEYS = ("file_path", "filePath", "path", "notebook_path", "target_file")
_TEXT_KEYS = ("command", "input", "patch", "patchText")
_PATCH = "*** Begin Patch"
_PATCHED = ("*** Update File: ", "*** Add File: ", "*** Delete File: ", "*** Move to: ")
_SHELLS = {"bash", "shell", "local_shell", "exec_command", "run_shell_command", "powershell"}
_MAX_PATHS = 200
_MAX_DEPTH_ERRORS = (ValueError, RecursionError)


class AgentEvent(NamedValue):
    """One event.

    `moment` is before or after a tool runs, the stop of the agent, or another; `event` the agent's
    own word for it. `paths` are the files the tool names, as it names them, `inputs` what the tool
    is given, `command` that of a shell. `is_repeated` tells that the agent goes on because of an
    earlier answer; `is_reading` that the tool only reads.
    """

    agent: str
    moment: str
    event: str = ""
    tool: str = ""
    paths: tuple[str, ...] = ()
    inputs: Mapping[str, Any] = {}
    command: str = ""
    cwd: str = ""
    session: str = ""
    is_repeated: bool = False


def parse_event(raw: bytes, agent: str = "") -> AgentEvent:
    """Return the event that an agent's JSON tells of.

    Args:
        raw: the JSON.
        agent: whose it is; told by its form where empty.

    Raises:
        UsageError: it is no JSON object.
    """
    try:
        data = json.loads(raw.decode("utf-8", "replace"))
    except _MAX_DEPTH_ERRORS as error:
        raise UsageError(f"an agent's hook reads one JSON object: {error}.") from error
    if not isinstance(data, dict):
        raise UsageError("an agent's hook reads one JSON object.")
    event = _read_text(data, "hook_event_name", "hookEventName", "event")
    inputs = _read_inputs(data)
    tool = _read_text(data, "tool_name", "toolName", "tool")
    is_shell = tool.lower() in _SHELLS or event == "beforeShellExecution"
    roots = data.get("workspace_roots")
    root = roots[0] if isinstance(roots, list) and roots and isinstance(roots[0], str) else ""
    texts = {key: _join(inputs.get(key)) for key in _TEXT_KEYS}
    return AgentEvent(
        agent=agent or _guess_agent(data, event),
        moment=_MOMENTS.get(event) or _guess_moment(data, event),
        event=event,
        tool=tool,
        paths=tuple(dict.fromkeys(_find_paths(inputs, texts)))[:_MAX_PATHS],
        inputs=inputs,
        command=texts["command"] if is_shell else "",
        cwd=_read_text(data, "cwd") or root or os.getcwd(),  # noqa: PTH109 - pathlib is slow to load
        session=_read_text(data, "session_id", "sessionId", "conversation_id", "sessionID"),
        is_repeated=bool(data.get("stop_hook_active") or data.get("loop_count")),
    )


def _read_text(data: Mapping[str, Any], *keys: str) -> str:
    """Return the first of some values that is a text, empty for none."""
    return next((data[key] for key in keys if isinstance(data.get(key), str)), "")


def _read_inputs(data: dict[str, Any]) -> dict[str, Any]:
    """Return what the tool is given; some agents tell it as JSON in JSON, or beside the rest."""
    inputs = data.get("tool_input", data.get("toolArgs", data.get("args")))
    if isinstance(inputs, str):
        try:
            inputs = json.loads(inputs)
        except _MAX_DEPTH_ERRORS:
            inputs = {"input": inputs}
    if inputs is None:
        inputs = {k: data[k] for k in ("file_path", "edits", "command") if k in data}
    return inputs if isinstance(inputs, dict) else {"input": _join(inputs)}


def _join(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _find_paths(inputs: Mapping[str, Any], texts: Mapping[str, str]) -> Iterator[str]:
    yield from (inputs[key] for key in _PATH_KEYS if isinstance(inputs.get(key), str))
    for text in texts.values():
        if _PATCH in text:
            for line in text.splitlines():
                yield from (line[len(m) :].strip() for m in _PATCHED if line.startswith(m))


def _guess_agent(data: Mapping[str, Any], event: str) -> str:
    if event in ("BeforeTool", "AfterTool", "AfterAgent"):
        return GEMINI
    if event.startswith("tool.execute."):
        return OPENCODE
    if "workspace_roots" in data or "cursor_version" in data:
        return CURSOR
    if "toolName" in data or "sessionId" in data or isinstance(data.get("timestamp"), str):
        return COPILOT
    return CODEX if "turn_id" in data else CLAUDE


def _guess_moment(data: Mapping[str, Any], event: str) -> str:
    """Return the moment of an event without a name, as Copilot has them."""
    if event:
        return OTHER
    if "toolName" in data:
        return AFTER if "toolResult" in data else BEFORE
    return STOP if "stopReason" in data else OTHER
