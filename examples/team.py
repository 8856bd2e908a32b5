"""A month of a team of two on the shop, played with the commands that they would type.

    python examples/team.py [--minute] [FOLDER]

Ada and Ben keep the shop in one repository. They edit generated files in eight places, change the
spec in two branches, meet a conflict, rename what has rows, take over a file, and go back once. The
script stops where something is not as it should be. `--minute` plays the first week alone.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SHOP = Path(__file__).parent / "shop/shop.yaml"
GUARD = [sys.executable, "-m", "devmatrix_guard"]
EDITS = {
    "src/services/product_service.py": "\n\ndef halve(it: float) -> float:\n    return it / 2\n",
    "src/services/customer_service.py": "\n\nVIP = 'vip'\n",
    "src/models/entities/product.py": "\n# Ada: weights are in grams\n",
    "src/models/schemas/product.py": "\n# Ben: shown on the label\n",
    "src/api/routes/products.py": "\n# Ada: limits agreed with sales\n",
    "src/core/logging.py": "\n# Ben: read by our collector\n",
    "README.md": "\n## How we deploy\n\nOn Tuesdays.\n",
    "docker/Dockerfile": "\n# Ben: pinned by us\n",
}


def main() -> int:
    """Play the month, or the first week of it."""
    given = [word for word in sys.argv[1:] if word != "--minute"]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(given[0]) if given else Path(folder) / "team"
        if "--minute" in sys.argv:
            play_week(root)
        else:
            play(root)
    return 0


def play_week(root: Path) -> None:
    """Play how two branches come together, in a new folder."""
    root.mkdir(parents=True)
    spec, app = root / "shop.yaml", root / "shop"
    shutil.copy(SHOP, spec)
    _say("Monday: Ada generates the shop, and both write into it in eight places.")
    _guard(root, "generate", "shop.yaml", "-o", "shop")
    _git(root, "init", "-qb", "main")
    driver = " ".join([*GUARD, "merge-driver", "%O", "%A", "%B", "%P"])
    _git(root, "config", "merge.guard.driver", driver)
    for path, text in EDITS.items():
        (app / path).write_text((app / path).read_text() + text)
    _commit(root, "The shop, and what is ours in it")

    _say("Two branches: Ada adds a color, Ben an origin; each regenerates.")
    for name, field in (("ada", "color"), ("ben", "origin")):
        _git(root, "checkout", "-qb", name, "main")
        spec.write_text(add_field(SHOP.read_text(), field))
        if name == "ben":
            _say("Ben forgot to regenerate; the check of his change says so.")
            _git(root, "add", "-A")
            told = _guard(root, "check", check=False)
            _show(told)
            forgotten = told.returncode == 1 and "domain: Product.origin" in told.stdout
            _expect(forgotten, "what nobody regenerated for is named")
        _show(_guard(root, "regenerate", "shop", "--spec", "shop.yaml", "--no-verify"))
        _git(root, "add", "-A")
        _guard(root, "check")
        _commit(root, f"Products have a {field}")

    _say("They merge; the spec is settled by hand, everything else by guard.")
    _git(root, "merge", "-q", "ada", check=False)
    spec.write_text(add_field(add_field(SHOP.read_text(), "color"), "origin"))
    _guard(root, "regenerate", "shop", "--spec", "shop.yaml", "--no-verify")
    _commit(root, "Colors and origins")
    _expect_edits(app)
    entity = (app / "src/models/entities/product.py").read_text()
    _expect("color:" in entity and "origin:" in entity, "both fields are there")
    _say("Both fields are there, and all that either has written.")


def play(root: Path) -> None:
    """Play the month in a new folder."""
    play_week(root)
    spec, app = root / "shop.yaml", root / "shop"
    _say("A conflict: Ada widened a column that the spec now widens, too.")
    path = app / "src/models/entities/product.py"
    kept = path.read_text()
    path.write_text(kept.replace("String(40)", "String(60)", 1))
    spec.write_text(spec.read_text().replace("maxLength: 40", "maxLength: 80"))
    done = _guard(root, "regenerate", "shop", "--spec", "shop.yaml", "--no-verify", check=False)
    stopped = done.returncode == 1 and "was changed on both sides" in done.stdout
    _expect(stopped, "nothing is written over a conflict")
    path.write_text(kept)
    _guard(root, "regenerate", "shop", "--spec", "shop.yaml", "--no-verify")
    _commit(root, "Wider")

    _say("A rename that keeps its rows, thought better of, and undone.")
    before = path.read_text()
    spec.write_text(rename_field(spec.read_text(), "color", "shade"))
    _guard(root, "regenerate", "shop", "--spec", "shop.yaml", "--no-verify")
    revision = max((app / "alembic/versions").glob("*.py")).read_text()
    _expect('new_column_name="shade"' in revision, "the migration renames the column")
    _guard(root, "regenerate", "shop", "--undo", "--yes")
    _expect(path.read_text() == before, "the undo brought every byte back")

    _say("A new release of guard comes, and Ben's team takes the folder docker over.")
    _git(root, "checkout", "-q", "--", "shop.yaml")
    manifest = app / ".guard/generation_manifest.json"
    manifest.write_text(re.sub(r'"version": "[0-9.]+"', '"version": "0.1.0"', manifest.read_text()))
    count = len(list((app / "alembic/versions").glob("*.py")))
    _guard(root, "regenerate", "shop", "--ignore", "docker/*", "--no-verify")
    same = count == len(list((app / "alembic/versions").glob("*.py")))
    _expect(same, "a release alone makes no migration")
    _expect_edits(app)
    _guard(root, "drift", "shop")
    _say("The month is over: every edit is there, and the shop follows its spec.")


def add_field(spec: str, name: str) -> str:
    """Return the spec with one more property of products."""
    for schema in ("Product", "ProductCreate", "ProductUpdate"):
        at = spec.index("      properties:\n", spec.index(f"\n    {schema}:\n"))
        at += len("      properties:\n")
        spec = f"{spec[:at]}        {name}: {{type: [string, 'null'], maxLength: 40}}\n{spec[at:]}"
    return spec


def rename_field(spec: str, old: str, new: str) -> str:
    """Return the spec with a property called otherwise, and the word that keeps its rows."""
    return spec.replace(f"        {old}: {{", f"        {new}: {{x-renamed-from: {old}, ")


def _guard(root: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    print("$ guard", *arguments, flush=True)
    done = subprocess.run(
        [*GUARD, *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        raise SystemExit(f"guard {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done


def _show(done: subprocess.CompletedProcess[str]) -> None:
    for line in done.stdout.splitlines():
        print(f"  {line}")


def _git(root: Path, *arguments: str, check: bool = True) -> None:
    identity = ("-c", "user.name=team", "-c", "user.email=team@example.com")
    command = ["git", *identity, "-c", "commit.gpgsign=false", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise SystemExit(f"git {' '.join(arguments)}: {done.stderr}")


def _commit(root: Path, text: str) -> None:
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", text)


def _expect_edits(app: Path) -> None:
    for path, text in EDITS.items():
        lines = [line for line in text.splitlines() if line.strip()]
        held = (app / path).read_text()
        _expect(all(line in held for line in lines), f"what was written in {path} is there")


def _expect(truth: object, what: str) -> None:
    if not truth:
        raise SystemExit(f"not as it should be: {what}")


def _say(text: str) -> None:
    print(f"\n# {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
