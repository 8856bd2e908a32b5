"""What a fix changed in code, as terms that can be compared and generalised."""
