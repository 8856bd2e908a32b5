"""Learns from a history: its fixes, what they share, and whether a rule of it holds."""
