"""What hostile repositories have beside what is hostile in them."""

from __future__ import annotations

RULE = """\
rules:
- id: mine
  message: hello
  languages: [python]
  severity: ERROR
  pattern: print(...)
"""
