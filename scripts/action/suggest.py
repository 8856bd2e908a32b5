"""Step of the action: a patch that brings generated applications up to the specs of the range.

The checkout is read as data and generated from; nothing of it is run, nothing in it is written.
Never fails the check: what keeps a patch from being made is said as a notice.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent))  # -I leaves the script's own folder out

from event import Event, EventError, range_of, read_event

_LAUNCHER = str(Path(__file__).resolve().parent / "guard.py")
_SECONDS = 300
_MAX_BYTES = 50 << 20
_NAME = "guard-regenerate.patch"


def main() -> int:
    """Write the patch and name it in the outputs; 0 whatever happens."""
    base, head = (os.environ.get(f"GUARD_ACTION_{name}", "") for name in ("BASE", "HEAD"))
    try:
        try:
            event = read_event()
        except EventError:
            event = Event("", {})
        compared = range_of(event, base, head)
    except EventError as error:
        print(f"::notice title=devmatrix-guard::{error}")
        return 0
    if not compared:
        return 0
    folder = Path(tempfile.mkdtemp(prefix="devmatrix-guard-patch-", dir=os.environ["RUNNER_TEMP"]))
    patch = folder / _NAME
    if not _regenerate(compared, folder, patch):
        return 0
    size = patch.stat().st_size if patch.is_file() else 0
    if 0 < size <= _MAX_BYTES:
        _append("GITHUB_OUTPUT", f"patch-file={patch}\n")
        _append(
            "GITHUB_STEP_SUMMARY",
            "\nA generated application has still to follow its spec. The artifact "
            f"`guard-regenerate` holds the patch: `git apply {_NAME}`.\n",
        )
    return 0


def _regenerate(compared: str, folder: Path, patch: Path) -> bool:
    """Run guard; say what kept it from making the patch."""
    command = [sys.executable, "-I", _LAUNCHER, os.environ["GITHUB_WORKSPACE"], "regenerate", "."]
    command += ["--range", compared, "--no-verify", "--patch", str(patch)]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # The settings in the checkout may name a server as the memory: whoever opened the pull request
    # must not choose where this connects to.
    environ["GUARD_MEMORY"] = str(folder / "memory.db")
    try:
        done = subprocess.run(
            command, env=environ, capture_output=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        print("::notice title=devmatrix-guard::Regenerating took too long; run it yourself.")
        return False
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()[-1:]
        text = "".join(said).replace("%", "%25")
        print(f"::notice title=devmatrix-guard::No whole patch was made. {text}")
    return done.returncode in (0, 1)


def _append(variable: str, text: str) -> None:
    with Path(os.environ[variable]).open("a", encoding="utf-8") as stream:
        stream.write(text)


if __name__ == "__main__":
    sys.exit(main())
