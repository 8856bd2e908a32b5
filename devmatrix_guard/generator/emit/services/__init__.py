"""Emits the services: operations, workflows, state machines and their conditions."""
