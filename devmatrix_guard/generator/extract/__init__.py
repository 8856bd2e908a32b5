"""Turns a spec into the ApplicationIR: its schemas, entities, relations and actions."""
