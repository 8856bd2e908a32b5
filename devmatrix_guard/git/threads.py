"""Threads that wait for the ends of pipes, where pipes cannot be polled."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread


def start_thread(target: Callable[[], object]) -> Thread:
    """Start a thread that ends with the process at the latest."""
    thread = Thread(target=target, daemon=True)
    thread.start()
    return thread
