"""Checks a change: prefilter, context (change, settings, rules), match, judge, fix, report."""
