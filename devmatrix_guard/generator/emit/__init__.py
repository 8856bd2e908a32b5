"""Emits the files of an application from its plan."""
