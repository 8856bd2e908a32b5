"""Emits the HTTP side: routes, errors, views, the OpenAPI document."""
