"""The report of a check, one format a module: `render` makes text for people or data."""
