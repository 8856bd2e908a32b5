"""Where a command on a generated application works, read once and handed to all of its stages."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.commands.project import find_project_root
from devmatrix_guard.config import Settings, load_settings
from devmatrix_guard.memory.connect import memory_exists
from devmatrix_guard.model.named_value import NamedValue


class ApplicationContext(NamedValue):
    """An application's surroundings.

    Attributes:
        folder: the application's own.
        project: the root of the repository that holds it, or the folder itself.
        settings: those in force in the folder.
    """

    folder: Path
    project: Path
    settings: Settings

    @property
    def base(self) -> str:
        """The folder's path from the project's root."""
        return self.folder.resolve().relative_to(self.project).as_posix()

    @property
    def key(self) -> str:
        """How the memory calls the folder: `shop/`, empty for the root of the project."""
        return f"{self.base.strip('/')}/" if self.base.strip("./") else ""

    @property
    def memory_exists(self) -> bool:
        """Whether there is a memory already."""
        return memory_exists(self.settings.memory, self.project)

    @property
    def keeps_runs(self) -> bool:
        """Whether runs are recorded: in a repository, or where there is a memory already."""
        return (self.project / ".git").exists() or self.memory_exists


def read_context(folder: Path) -> ApplicationContext:
    """Return the surroundings of the application in `folder`, which need not be there yet.

    Raises:
        SettingsError: the settings cannot be understood.
    """
    return ApplicationContext(folder, find_project_root(folder), load_settings(folder))
