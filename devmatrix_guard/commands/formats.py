"""The names of the output formats, for those who parse a command line."""

from __future__ import annotations

from devmatrix_guard.reports.render import FORMATS

__all__ = ["FORMATS"]
