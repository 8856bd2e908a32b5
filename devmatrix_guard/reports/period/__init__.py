"""The report of a week or a month, and how applications fare over time."""
