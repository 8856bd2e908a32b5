"""One module a role of the memory: patterns, rules, runs, lineage and the others."""
