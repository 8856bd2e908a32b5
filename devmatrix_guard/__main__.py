"""Lets `python -m devmatrix_guard` stand in for `guard`."""

from devmatrix_guard.cli import main

main()
