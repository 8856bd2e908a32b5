"""The learning loop: looks back before a generation, learns from its outcome, tells trends."""
