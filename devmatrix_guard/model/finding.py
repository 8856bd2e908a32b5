"""A finding: what a rule says about a place in the code, and the fix it offers.

Lines are 1-based; columns are 1-based and count Unicode code points; ends are exclusive in
column terms (the column just after the last character), as in Semgrep and SARIF.
"""

from __future__ import annotations

from devmatrix_guard.model.named_value import NamedValue


class Source(NamedValue):
    """A commit something was learned from; `date` is YYYY-MM-DD."""

    commit: str
    date: str
    subject: str


class Edit(NamedValue):
    """Replace a span with a text; an empty span inserts, an empty text deletes."""

    start_line: int
    start_col: int
    end_line: int
    end_col: int
    text: str


# Why a fix is not safe; `docs/formats.md` says what each means.
DOUBTS = (
    "no-example", "example", "meaning", "names", "comment", "lines", "encoding", "parse",
    "template", "still-found", "unreadable", "semgrep", "notebook", "secret", "length",
)  # fmt: skip


class Doubt(NamedValue):
    """Why a fix is not safe: `code` is one of `DOUBTS`, `sentence` says it of the fix at hand."""

    code: str
    sentence: str


class Fix(NamedValue):
    """The edits that resolve a finding, and what is in doubt about them; None for a safe fix."""

    edits: tuple[Edit, ...]
    doubt: Doubt | None = None

    @property
    def safe(self) -> bool:
        """Whether it may be written without asking."""
        return self.doubt is None

    @property
    def lacks_example(self) -> bool:
        """Whether all is proven but for the example its rule would have to bring."""
        return self.doubt is not None and self.doubt.code == "no-example"


class Cell(NamedValue):
    """Where in a notebook a finding begins: the cell and the line within it, both from 1."""

    number: int
    line: int


class Finding(NamedValue):
    """What a rule says about one place.

    `stage` is one of `rule.STAGES`; `severity` is Semgrep's ERROR, WARNING or INFO; `layer` is
    1 to 7 or None; `code` is the source text of the span's lines (never part of the JSON report);
    `former_fingerprint` is the one that earlier versions gave it, empty where it is the same;
    `cell` is None but in notebooks.
    """

    rule_id: str
    path: str
    start_line: int
    start_col: int
    end_line: int
    end_col: int
    stage: str
    severity: str
    layer: int | None
    message: str
    fingerprint: str = ""
    fix: Fix | None = None
    sources: tuple[Source, ...] = ()
    code: str = ""
    kind: str = "rule"
    former_fingerprint: str = ""
    cell: Cell | None = None
