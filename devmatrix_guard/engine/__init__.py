"""Rules over code: load, compile, prefilter, match, suppress, baseline, fix."""
