"""`guard agent-hook` as agents call it, without click, which would take longer than all the rest.

Whatever else stands on the command line, help and mistakes above all, is left to click.
"""

from __future__ import annotations

import gc
import sys

from devmatrix_guard.error_handling import accept_any_character, leave_at_once
from devmatrix_guard.errors import EXIT_CLEAN, EXIT_FINDINGS, GuardError, describe_defect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

_MAX_BYTES = 32 << 20


def parse_arguments(words: Sequence[str]) -> str | None:
    """Return the agent that is named, empty for none, or None where click has to look."""
    if not words:
        return ""
    if len(words) == 2 and words[0] == "--agent" and words[1].isalpha():
        from devmatrix_guard.commands.agents.events import AGENTS

        return words[1] if words[1] in AGENTS else None
    return None


def main(agent: str) -> None:
    """Answer the event on standard input, and leave."""
    leave_at_once(lambda: run(sys.stdin.buffer, agent))


def run(stream: BinaryIO, agent: str, budget: int = 0) -> int:
    """Answer the event on a stream; return the exit code, which never stops an agent.

    Args:
        stream: where the agent's JSON is.
        agent: whose it is; empty to tell it by its form.
        budget: the largest number of characters of the answer; 0 for the usual.
    """
    gc.disable()  # nearly all that is loaded is in use until the end
    from devmatrix_guard.commands.agents.hook import DEFAULT_BUDGET, answer_event

    accept_any_character()
    try:
        answer = answer_event(stream.read(_MAX_BYTES), agent, budget or DEFAULT_BUDGET)
    except (GuardError, OSError) as error:
        return _say(str(error), agent)
    except Exception as error:
        return _say(describe_defect(error, "the hook of an agent"), agent)
    sys.stdout.write(answer)
    return EXIT_CLEAN


def _say(text: str, agent: str) -> int:
    """Say what went wrong; of the codes most agents take 2 for a refusal, and Copilot any but 0."""
    from devmatrix_guard.visible_text import make_printable

    print(f"guard: {make_printable(text)}", file=sys.stderr)
    return EXIT_CLEAN if agent == "copilot" else EXIT_FINDINGS
