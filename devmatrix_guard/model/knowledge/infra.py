"""InfraPatterns: the texts the generator fills in, with what they are for and how they did."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from devmatrix_guard.model.named_value import NamedValue


class Signature(NamedValue):
    """What a pattern is for: its purpose in a sentence, and its typed inputs and outputs.

    `intent` is a verb such as execute or repair; `domain` groups patterns; `inputs` are the
    names of the placeholders in the body; `outputs` the files it becomes.
    """

    purpose: str
    intent: str = "execute"
    domain: str = ""
    inputs: Mapping[str, str] = {}
    outputs: Mapping[str, str] = {}


class InfraPattern(NamedValue):
    """One version of a pattern; a frozen one (`frozen_at`, YYYY-MM-DD) never changes again.

    `origin` is packaged, bank, cache or llm: where this copy was found.
    """

    pattern_id: str
    version: int
    signature: Signature
    body: str
    frozen_at: str | None = None
    origin: str = "bank"

    @property
    def sha(self) -> str:
        """The SHA-256 of the body, as the manifest pins it."""
        return hashlib.sha256(self.body.encode()).hexdigest()

    @property
    def reference(self) -> str:
        """The name under which runs and lineage speak of this version."""
        return f"{self.pattern_id}@{self.version}"


class InfraOutcome(NamedValue):
    """How one use of a pattern went; `check` says what was tried (tests, smoke, compliance …)."""

    pattern_id: str
    version: int
    at: str
    success: bool
    check: str
    run_id: str | None = None


class InfraRecord(NamedValue):
    """What the recorded outcomes of one version add up to; no outcome, no rate."""

    pattern_id: str
    version: int
    uses: int = 0
    successes: int = 0

    @property
    def success_rate(self) -> float | None:
        """The share of recorded uses that went well."""
        return self.successes / self.uses if self.uses else None
