"""Bring an application up to a changed spec, and keep what people did to it."""
