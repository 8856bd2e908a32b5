"""Checks open texts: by the rules at each keystroke, and by all that is known when one is saved."""

from __future__ import annotations

from pathlib import Path

from devmatrix_guard.commands.check.arguments.request import CheckRequest, GivenText
from devmatrix_guard.commands.check.change.reading import (
    Bounds,
    is_notebook,
    reason_by_content,
    skip_by_name,
)
from devmatrix_guard.commands.check.change.rulesets import Rulesets
from devmatrix_guard.commands.check.change.selection import Candidate
from devmatrix_guard.commands.check.change.settings_source import WorkTree
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.check.findings.judge import drop_candidates
from devmatrix_guard.commands.check.python_files import is_python
from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.findings.baseline import BASELINE_PATH, Baseline, parse_baseline
from devmatrix_guard.generated_code import says_generated
from devmatrix_guard.git.repository import find_repository
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.finding import Finding


class Checker:
    """The rules and settings of one repository, read once until it is told that they changed.

    Args:
        folder: a folder of the repository.

    Raises:
        GitError: it is in none.
    """

    def __init__(self, folder: Path) -> None:
        self._repo = find_repository(folder)
        self.root = self._repo.root
        self.refresh()

    def refresh(self) -> None:
        """Read settings, rules and baseline anew at the next check."""
        tree = WorkTree(self.root)
        self._rules = Rulesets(tree, self.root, self._repo.git_dir / "guard")
        self._baseline: Baseline | None = None

    def check_rules(self, path: str, content: bytes) -> list[Finding]:
        """Return what the rules find in a text.

        Args:
            path: its file, from the root.
            content: all of it.

        Raises:
            GuardError: settings cannot be read.
        """
        candidate = Candidate(path, self.root / path)
        settings = self._rules.settings_for(candidate)
        bounds = Bounds(settings.max_file_kb, settings.exclude, settings.notebooks)
        if (
            len(content) > settings.max_file_kb * 1024
            or is_notebook(path)
            or skip_by_name(candidate, bounds)
            or not is_python(path, content)
            or reason_by_content(content)
            or says_generated(content)
        ):
            return []
        compiled = self._rules.compiled(settings)
        target = Target(path, content, None)
        report = drop_candidates(check_targets(compiled, [target], gate=settings.fail_on))
        baseline = self._baseline
        if baseline is None:
            baseline = parse_baseline(self._rules.tree.read(BASELINE_PATH) or b"")
            self._baseline = baseline
        return [finding for finding in report.findings if not baseline.accepts(finding)]

    def check_all(self, path: str, content: bytes) -> list[Finding]:
        """Return what `guard check --stdin-filename` finds: undone fixes and lost tests, too.

        Raises:
            GuardError: settings or git do not allow for it.
        """
        place = str(self.root / path)
        request = CheckRequest(paths=(place,), texts=(GivenText(place, content),))
        return list(examine_request(request, self.root).findings)
