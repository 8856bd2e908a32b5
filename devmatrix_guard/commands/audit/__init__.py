"""Works through the audit of files: fill it, fix a file, list siblings, read reviews."""
