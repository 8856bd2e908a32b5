"""Reads a history for what its fixes teach: learn, and try, which writes nothing."""
