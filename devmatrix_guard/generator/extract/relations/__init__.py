"""Relations: how rows lead to rows, and whose they are."""
