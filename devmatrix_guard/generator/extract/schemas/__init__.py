"""Schemas of the spec as shapes: converted, merged, and seen inside their envelopes."""
