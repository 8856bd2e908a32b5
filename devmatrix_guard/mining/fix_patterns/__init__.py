"""What is told of a FixPattern beside its rule: its fields, its relations, its confidence."""
