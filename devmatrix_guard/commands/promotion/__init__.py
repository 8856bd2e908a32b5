"""Promotes InfraPatterns: drafts are tried on whole applications, scored, judged, and frozen."""
