"""Actions: what each operation does to the rows, and how its answer is filled."""
