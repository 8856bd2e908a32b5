"""Findings in a change: matched, undone fixes and lost tests among them, and judged."""
