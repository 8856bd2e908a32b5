"""Run alembic in generated applications, without starting an interpreter each time.

A process of the applications' environment imports what every migration needs once, and forks for
each command: a bench that runs hundreds of them spends its time on the migrations.
"""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path

PYTHON = Path(__file__).parent.parent / ".tools/app/bin/python"
_SERVER = """
import io, json, os, sys, traceback
import alembic.autogenerate, alembic.config, alembic.ddl.postgresql, alembic.ddl.sqlite
import aiosqlite, psycopg, sqlalchemy.ext.asyncio, sqlalchemy.dialects.postgresql.psycopg
import logging.config, sqlalchemy.dialects.sqlite.aiosqlite, sqlalchemy.orm

def run(folder, url, arguments):
    os.chdir(folder)
    os.environ["DATABASE_URL"] = url
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    try:
        alembic.config.main(argv=arguments, prog="alembic")
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0

for line in sys.stdin:
    target, *given = json.loads(line)
    child = os.fork()
    if child == 0:
        said = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        code = run(*given)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def run_alembic(app: Path, url: str, *arguments: str) -> tuple[int, str]:
    """Run a command of alembic; return its exit code and what it said.

    Args:
        app: the application.
        url: of its database.
        arguments: of the command, such as `upgrade` and `head`.
    """
    server = _start()
    assert server.stdin is not None
    assert server.stdout is not None
    said = app.parent / "alembic.out"
    server.stdin.write(json.dumps([str(said), str(app), url, arguments]) + "\n")
    server.stdin.flush()
    code = int(server.stdout.readline())
    return code, said.read_text(errors="replace")


@cache
def _start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PYTHON, "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
