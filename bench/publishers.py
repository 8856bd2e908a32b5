"""Run the API tests that a publisher wrote against the application generated from the spec.

    python bench/publishers.py SPEC [--overlay FILE] [--python PYTHON] [--set NAME=VALUE] -- COMMAND

The application is generated into a temporary folder, migrated and served with a fresh database; in
COMMAND, `{url}` is where it is served, and the exit code is that of COMMAND. PYTHON is an
interpreter with the dependencies of a generated application; --set gives it a setting. The tests
are not part of this repository. For example, with a Postman collection, an Arazzo description and
a property-based tester:

    ... -- newman run tests.postman_collection.json --global-var APIURL={url}/api
    ... -- redocly respect api.arazzo.yaml --server petstore={url}
    ... -- schemathesis run spec.yaml --url {url} --checks all
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.verify.checks import AppEnvironment, serve

SECRET = "publishers-only-" + "0" * 32


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Plain)
    parser.add_argument("spec", type=Path)
    parser.add_argument("--overlay", type=Path)
    parser.add_argument("--python", type=Path, default=Path(".tools/app/bin/python"))
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("command", nargs="+")
    wanted = parser.parse_args()
    settings = dict(setting.split("=", 1) for setting in wanted.set)
    with tempfile.TemporaryDirectory(prefix="guard-publishers-") as folder:
        app = Path(folder) / "app"
        run_generate(wanted.spec, app, overlay=wanted.overlay)
        variables = {"SECRET_KEY": SECRET, "LOG_LEVEL": "WARNING", **settings}
        place = AppEnvironment(app, wanted.python.absolute(), Path(folder), variables)
        with serve(place, place.make_sqlite_url("publishers")) as url:
            command = [word.replace("{url}", url) for word in wanted.command]
            return subprocess.run(command, check=False).returncode


class _Plain(argparse.RawDescriptionHelpFormatter):
    """Keeps the examples as they are written."""


if __name__ == "__main__":
    sys.exit(main())
