"""Checks a change: read it, choose rules, match, judge, report."""
