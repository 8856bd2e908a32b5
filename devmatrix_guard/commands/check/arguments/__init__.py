"""The arguments of a check: parsed from a hook or a command line, as values."""
