"""What edits share: candidates for rules, their proof, and what is written of those that hold."""
