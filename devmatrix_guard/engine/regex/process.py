"""Run one regular expression in a Python of its own, which can be ended when its time is up."""

from __future__ import annotations

import marshal
from typing import Any

from devmatrix_guard.engine.budget import TooMuchWorkError

_PROGRAM = """
import marshal, re, sys
kind, (pattern, flags, text, replacement, count) = marshal.loads(sys.stdin.buffer.read())
regex = re.compile(pattern, flags)
if kind == "sub":
    answer = regex.sub(replacement, text, count)
elif kind == "finditer":
    answer = [found.regs for found in regex.finditer(text)]
else:
    found = getattr(regex, kind)(text)
    answer = [] if found is None else [found.regs]
sys.stdout.buffer.write(marshal.dumps(answer))
"""


def in_a_process(kind: str, request: tuple[str, int, str, str, int], seconds: float) -> Any:
    """Return what the method of that name gives: the spans of the matches, or the new text.

    Raises:
        TooMuchWorkError: it took longer than the seconds, or no process can be started.
    """
    import subprocess
    import sys

    command = [sys.executable, "-I", "-S", "-c", _PROGRAM]
    sent = marshal.dumps((kind, request))
    try:
        done = subprocess.run(command, input=sent, capture_output=True, timeout=seconds, check=True)
    except subprocess.TimeoutExpired as error:
        text = f"its regular expression took more than {seconds:g} seconds"
        raise TooMuchWorkError(text) from error
    except (OSError, subprocess.CalledProcessError) as error:
        text = "its regular expression may take long, and no process can be started to bound it"
        raise TooMuchWorkError(text) from error
    return marshal.loads(done.stdout)  # noqa: S302 - written by our own program
