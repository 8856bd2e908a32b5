"""Rules files out before parsing: words of rules, outline of a file, the parts to parse."""
