"""What a command answers with, for `reports` to show."""
