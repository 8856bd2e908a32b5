"""Lets the memory follow a stage that somebody gave a rule: what it answers says the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from devmatrix_guard.commands.project_memory import open_project_memory
from devmatrix_guard.commands.rules.active_rules import get_pattern_id
from devmatrix_guard.config import load_settings
from devmatrix_guard.errors import MemoryStoreError, UsageError
from devmatrix_guard.memory.connect import memory_exists
from devmatrix_guard.model.rule import Rule


def remember_stage(start: Path, root: Path, rule: Rule, stage: str) -> str:
    """Write a rule's new stage beside its pattern in the memory, if there is one.

    Returns:
        What to tell where the memory does not follow yet; empty where it does. The rule's file
        decides: `guard learn` brings the memory up to it in any case.
    """
    pattern_id = get_pattern_id(rule)
    if pattern_id is None:
        return ""
    try:
        settings = load_settings(start)
        if not memory_exists(settings.memory, root):
            return ""
        with open_project_memory(settings, root, create=False) as memory:
            pattern = memory.patterns.get(pattern_id)
            if pattern is not None:
                memory.patterns.save([replace(pattern, stage=stage)])
    except (MemoryStoreError, UsageError) as error:
        return f"the memory follows at the next `guard learn`: {error}"
    return ""
