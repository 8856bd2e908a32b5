"""A rule that is listed, accepted, answered and silenced in tests."""

from __future__ import annotations

RULE = """\
rules:
  - id: demo.old
    languages: [python]
    severity: ERROR
    message: old
    pattern: old(...)
"""
