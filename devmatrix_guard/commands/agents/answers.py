"""What the hook answers an agent, in the agent's own form."""

from __future__ import annotations

import json

from devmatrix_guard.commands.agents.events import (
    BEFORE,
    CLAUDE,
    CODEX,
    COPILOT,
    CURSOR,
    GEMINI,
    OPENCODE,
    STOP,
    AgentEvent,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Who can ask the user about a single tool call; the others can only refuse it.
_CAN_ASK = (CLAUDE, COPILOT)


def write_answer(event: AgentEvent, text: str, *, is_failing: bool = False) -> str:
    """Return the JSON that brings a text before the agent.

    Before a tool runs, the text is the reason to ask the user, or to refuse where the agent cannot
    ask. At a stop it has the agent go on; after a tool it comes beside the tool's result.

    Args:
        event: what is answered.
        text: what the agent is to read; empty for no objection.
        is_failing: whether what was edited fails the check.
    """
    if not text:
        return "{}\n" if event.agent == CURSOR else ""
    if event.moment == BEFORE:
        answer = _ask(event, text)
    elif event.moment == STOP:
        answer = _go_on(event, text)
    else:
        answer = _inform(event, text, is_failing=is_failing)
    return json.dumps(answer) + "\n"


def write_notice(event: AgentEvent, text: str) -> str:
    """Return the JSON that brings a text before the user alone, empty where there is no way."""
    if not text or event.agent not in (CLAUDE, CODEX, GEMINI):
        return write_answer(event, "")
    return json.dumps({"systemMessage": text}) + "\n"


def _ask(event: AgentEvent, text: str) -> dict[str, Any]:
    decision = "ask" if event.agent in _CAN_ASK else "deny"
    if event.agent == CURSOR:
        return {"permission": decision, "user_message": text, "agent_message": text}
    if event.agent == GEMINI:
        return {"decision": decision, "reason": text}
    if event.agent == OPENCODE:
        return {"deny": text}
    said = {"permissionDecision": decision, "permissionDecisionReason": text}
    answer: dict[str, Any] = {"hookSpecificOutput": {"hookEventName": "PreToolUse", **said}}
    return {**said, **answer} if event.agent == COPILOT else answer


def _go_on(event: AgentEvent, text: str) -> dict[str, Any]:
    if event.agent == CURSOR:
        return {"followup_message": text}
    if event.agent == OPENCODE:
        return {"text": text}
    said = {"decision": "deny" if event.agent == GEMINI else "block", "reason": text}
    if event.agent == COPILOT:  # in Visual Studio Code, and in its command line
        return {**said, "hookSpecificOutput": {"hookEventName": "Stop", **said}}
    return said


def _inform(event: AgentEvent, text: str, *, is_failing: bool) -> dict[str, Any]:
    if event.agent == CURSOR:
        return {"additional_context": text}
    if event.agent == OPENCODE:
        return {"text": text}
    if is_failing and event.agent in (CLAUDE, CODEX):
        return {"decision": "block", "reason": text}
    name = "AfterTool" if event.agent == GEMINI else "PostToolUse"
    answer: dict[str, Any] = {
        "hookSpecificOutput": {"hookEventName": name, "additionalContext": text}
    }
    return {"additionalContext": text, **answer} if event.agent == COPILOT else answer
