"""Emits the application's own tests with the values and requests they need."""
