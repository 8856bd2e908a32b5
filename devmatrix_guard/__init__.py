"""devmatrix-guard: a repository's own merged fixes, kept as rules that stop the next repeat."""

__version__ = "0.2.0"
