"""Small specs, unlike each other, that drafts of InfraPatterns are tried on."""

from __future__ import annotations

NAMES = ("notes", "rooms", "catalog")
