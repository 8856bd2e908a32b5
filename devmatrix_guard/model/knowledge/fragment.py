"""A function of a generated application, and how the application did that it is part of."""

from __future__ import annotations

from devmatrix_guard.model.named_value import NamedValue


class CodeFragment(NamedValue):
    """A function as it was verified.

    Attributes:
        application, path, name: where it stands.
        digest: of its code with all names of its entity replaced, so that the same function for
            another entity has the same.
        emitter, infra_pattern: what wrote it.
        code: its text.
        passed, failed: verifications of applications with exactly this code.
        seen_at: ISO 8601, of the last verification.
    """

    application: str
    path: str
    name: str
    digest: str
    emitter: str = ""
    infra_pattern: str = ""
    code: str = ""
    passed: int = 0
    failed: int = 0
    seen_at: str = ""
