"""Lineage: what came from what, as typed nodes and edges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class LineageNode:
    """A node; `key` is unique within its `kind` (commit, pattern, rule, spec, ir, file, run …)."""

    kind: str
    key: str
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """A directed, typed edge between two nodes given as (kind, key)."""

    kind: str
    source: tuple[str, str]
    target: tuple[str, str]
    properties: dict[str, Any] = field(default_factory=dict)
