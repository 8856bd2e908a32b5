"""The second tier: hands what does not run in process to semgrep."""
