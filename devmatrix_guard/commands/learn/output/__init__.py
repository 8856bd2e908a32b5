"""Shows what learning did, for people and for machines."""
