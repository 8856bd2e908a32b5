"""Puts the server together: limits, keys, routes, the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from devmatrix_guard import __version__
from devmatrix_guard.commands.service.access import MemoryAccess
from devmatrix_guard.server.page.routes import make_page_router
from devmatrix_guard.server.settings import ServeSettings


def make_app(settings: ServeSettings) -> FastAPI:
    """Return the application that serves a project.

    Raises:
        GuardError: the settings of the project cannot be read.
    """
    access = MemoryAccess(
        settings.start, repositories=settings.repositories, everything=settings.everything
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        access.close()

    app = FastAPI(title="devmatrix-guard", version=__version__, lifespan=lifespan)
    app.include_router(make_page_router(access))
    return app
