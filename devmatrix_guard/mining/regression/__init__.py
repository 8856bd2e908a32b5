"""Regression tests: what a test asks for, and whether a change still asks for as much.

source -> collect: its tests -> body, checks: what each asks for, in a normal form -> strength,
taken: what a new version no longer asks for
"""
