"""Emits what is stored and exchanged: tables, migrations, repositories and schemas."""
