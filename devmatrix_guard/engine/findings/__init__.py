"""What becomes of findings: fingerprints, suppressions, the baseline."""
