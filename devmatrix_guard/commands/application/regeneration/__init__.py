"""Generates an application anew and keeps what people wrote in it."""
