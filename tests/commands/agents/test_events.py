"""The events and answers of each coding agent, in the form its documentation gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from devmatrix_guard.commands.agents.answers import write_answer, write_notice
from devmatrix_guard.commands.agents.events import (
    AFTER,
    AGENTS,
    BEFORE,
    OTHER,
    STOP,
    AgentEvent,
    parse_event,
)
from devmatrix_guard.errors import UsageError

PATCH = (
    "*** Begin Patch\n*** Update File: a.py\n@@\n-x\n+y\n*** Add File: b/c.py\n+z\n*** End Patch"
)
CLAUDE = {"session_id": "s", "transcript_path": "/t", "cwd": "/r"}
CODEX = {**CLAUDE, "turn_id": "t", "model": "m"}
CURSOR = {"conversation_id": "s", "workspace_roots": ["/r"], "cursor_version": "2"}
COPILOT = {"sessionId": "s", "timestamp": 1, "cwd": "/r"}
GEMINI = {**CLAUDE, "timestamp": "2026-01-01T00:00:00Z"}
EVENTS: list[Any] = [
    pytest.param(
        {**CLAUDE, "hook_event_name": "PostToolUse", "tool_name": "Edit",
         "tool_input": {"file_path": "/r/a.py", "old_string": "x", "new_string": "y"}},
        ("claude", AFTER, ("/r/a.py",), ""), id="claude edit",
    ),
    pytest.param(
        {**CLAUDE, "hook_event_name": "PreToolUse", "tool_name": "Bash",
         "tool_input": {"command": "rm x"}},
        ("claude", BEFORE, (), "rm x"), id="claude shell",
    ),
    pytest.param(
        {**CLAUDE, "hook_event_name": "PostToolUse", "tool_name": "NotebookEdit",
         "tool_input": {"notebook_path": "/r/a.ipynb"}},
        ("claude", AFTER, ("/r/a.ipynb",), ""), id="claude notebook",
    ),
    pytest.param(
        {**CLAUDE, "hook_event_name": "Stop", "stop_hook_active": True},
        ("claude", STOP, (), ""), id="claude stop",
    ),
    pytest.param(
        {**CLAUDE, "hook_event_name": "SessionStart", "source": "startup"},
        ("claude", OTHER, (), ""), id="claude start",
    ),
    pytest.param(
        {**CODEX, "hook_event_name": "PostToolUse", "tool_name": "apply_patch",
         "tool_input": {"command": PATCH}},
        ("codex", AFTER, ("a.py", "b/c.py"), ""), id="codex patch",
    ),
    pytest.param(
        {**CODEX, "hook_event_name": "PostToolUse", "tool_name": "apply_patch",
         "tool_input": PATCH},
        ("codex", AFTER, ("a.py", "b/c.py"), ""), id="codex patch alone",
    ),
    pytest.param(
        {**CURSOR, "hook_event_name": "afterFileEdit", "file_path": "/r/a.py",
         "edits": [{"old_string": "x", "new_string": "y"}]},
        ("cursor", AFTER, ("/r/a.py",), ""), id="cursor edit",
    ),
    pytest.param(
        {**CURSOR, "hook_event_name": "postToolUse", "tool_name": "Write",
         "tool_input": {"file_path": "/r/a.py", "content": "y"}},
        ("cursor", AFTER, ("/r/a.py",), ""), id="cursor tool",
    ),
    pytest.param(
        {**CURSOR, "hook_event_name": "beforeShellExecution", "command": "rm x"},
        ("cursor", BEFORE, (), "rm x"), id="cursor shell",
    ),
    pytest.param(
        {**CURSOR, "hook_event_name": "stop", "status": "completed", "loop_count": 0},
        ("cursor", STOP, (), ""), id="cursor stop",
    ),
    pytest.param(
        {**COPILOT, "toolName": "edit", "toolArgs": '{"path": "/r/a.py"}',
         "toolResult": {"resultType": "success", "textResultForLlm": ""}},
        ("copilot", AFTER, ("/r/a.py",), ""), id="copilot edit, arguments as text",
    ),
    pytest.param(
        {**COPILOT, "toolName": "bash", "toolArgs": {"command": "rm x"}},
        ("copilot", BEFORE, (), "rm x"), id="copilot shell",
    ),
    pytest.param(
        {**COPILOT, "stopReason": "end_turn", "stop_hook_active": False},
        ("copilot", STOP, (), ""), id="copilot stop",
    ),
    pytest.param(
        {"hook_event_name": "PostToolUse", "session_id": "s", "cwd": "/r",
         "timestamp": "2026-01-01T00:00:00Z", "tool_name": "Write",
         "tool_input": {"filePath": "/r/a.py"}},
        ("copilot", AFTER, ("/r/a.py",), ""), id="copilot in Visual Studio Code",
    ),
    pytest.param(
        {**GEMINI, "hook_event_name": "AfterTool", "tool_name": "replace",
         "tool_input": {"file_path": "/r/a.py"}, "tool_response": {"llmContent": ""}},
        ("gemini", AFTER, ("/r/a.py",), ""), id="gemini edit",
    ),
    pytest.param(
        {**GEMINI, "hook_event_name": "AfterAgent", "prompt": "", "prompt_response": ""},
        ("gemini", STOP, (), ""), id="gemini stop",
    ),
    pytest.param(
        {"event": "tool.execute.after", "tool": "edit", "sessionID": "s", "cwd": "/r",
         "args": {"filePath": "/r/a.py"}},
        ("opencode", AFTER, ("/r/a.py",), ""), id="opencode edit",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("told", "expected"), EVENTS)
def test_each_agent_is_understood(told: dict[str, Any], expected: tuple[Any, ...]) -> None:
    event = parse_event(json.dumps(told).encode())
    assert (event.agent, event.moment, event.paths, event.command) == expected
    assert (event.session, event.cwd) == ("s", "/r")
    assert event.is_repeated == bool(told.get("stop_hook_active"))


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"1", b"{", b"\xff\xfe", b"[" * 100_000], ids=lambda raw: repr(raw[:9])
)
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    with pytest.raises(UsageError, match="reads one JSON object"):
        parse_event(raw)


@pytest.mark.parametrize(
    "odd",
    [
        {"hook_event_name": 7, "tool_input": [1, {}], "cwd": None, "workspace_roots": [3]},
        {"tool_input": {"file_path": 3, "command": [1, "x"]}, "hook_event_name": "PostToolUse"},
        {"toolName": "edit", "toolArgs": "{not json", "toolResult": None},
        {"tool_input": None, "edits": "x", "command": {}},
    ],
)
def test_odd_values_break_nothing(odd: dict[str, Any]) -> None:
    assert parse_event(json.dumps(odd).encode()).paths == ()


ANSWERS: list[Any] = [
    ("claude", BEFORE, {"hookSpecificOutput": {"hookEventName": "PreToolUse",
     "permissionDecision": "ask", "permissionDecisionReason": "why"}}),
    ("claude", AFTER, {"hookSpecificOutput": {"hookEventName": "PostToolUse",
     "additionalContext": "why"}}),
    ("claude", STOP, {"decision": "block", "reason": "why"}),
    ("codex", BEFORE, {"hookSpecificOutput": {"hookEventName": "PreToolUse",
     "permissionDecision": "deny", "permissionDecisionReason": "why"}}),
    ("codex", STOP, {"decision": "block", "reason": "why"}),
    ("gemini", BEFORE, {"decision": "deny", "reason": "why"}),
    ("gemini", AFTER, {"hookSpecificOutput": {"hookEventName": "AfterTool",
     "additionalContext": "why"}}),
    ("gemini", STOP, {"decision": "deny", "reason": "why"}),
    ("cursor", BEFORE, {"permission": "deny", "user_message": "why", "agent_message": "why"}),
    ("cursor", AFTER, {"additional_context": "why"}),
    ("cursor", STOP, {"followup_message": "why"}),
    ("opencode", BEFORE, {"deny": "why"}),
    ("opencode", AFTER, {"text": "why"}),
]  # fmt: skip


@pytest.mark.parametrize(("agent", "moment", "expected"), ANSWERS)
def test_each_agent_is_answered_in_its_form(agent: str, moment: str, expected: object) -> None:
    assert json.loads(write_answer(AgentEvent(agent, moment), "why")) == expected


@pytest.mark.parametrize("moment", [BEFORE, AFTER, STOP])
def test_copilot_is_answered_for_both_of_its_surfaces(moment: str) -> None:
    answer = json.loads(write_answer(AgentEvent("copilot", moment), "why"))
    inner = answer.pop("hookSpecificOutput")
    assert "why" in answer.values()
    assert {name: inner[name] for name in answer} == answer


@pytest.mark.parametrize("agent", AGENTS)
def test_silence_is_no_answer(agent: str) -> None:
    expected = "{}\n" if agent == "cursor" else ""
    assert write_answer(AgentEvent(agent, AFTER), "") == expected
    assert write_notice(AgentEvent(agent, STOP), "") == expected


def test_a_failing_edit_is_put_before_the_agent_and_not_only_beside() -> None:
    answer = write_answer(AgentEvent("claude", AFTER), "why", is_failing=True)
    assert json.loads(answer) == {"decision": "block", "reason": "why"}
