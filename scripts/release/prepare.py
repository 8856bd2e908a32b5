"""Makes the README fit for PyPI, which knows no files beside it: every link becomes absolute.

Run by the release workflow in its own checkout, before the package is built. The links lead to the
version that is released; addresses of the project are added to pyproject.toml for the same reason:
only the workflow knows where the repository is.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!https?://|#|mailto:)([^)\s]+)\)")


def make_links_absolute(text: str, server: str, repository: str, tag: str) -> str:
    """Return Markdown whose links and pictures lead to the files of a version.

    Args:
        text: the page, as it stands at the root of the repository.
        server: address of the forge, such as https://github.com.
        repository: OWNER/NAME.
        tag: the version's tag.
    """

    def lead(found: re.Match[str]) -> str:
        is_picture = bool(found[1])
        way = "raw" if is_picture else "blob"
        shown = make_links_absolute(found[2], server, repository, tag)
        return f"{found[1]}[{shown}]({server}/{repository}/{way}/{tag}/{found[3]})"

    return _LINK.sub(lead, text)


def add_addresses(text: str, server: str, repository: str) -> str:
    """Return pyproject.toml with the addresses of the project."""
    home = f"{server}/{repository}"
    urls = {
        "Homepage": home,
        "Documentation": f"{home}/tree/main/docs",
        "Changelog": f"{home}/blob/main/CHANGELOG.md",
        "Issues": f"{home}/issues",
    }
    table = "".join(f'{name} = "{address}"\n' for name, address in urls.items())
    return text.replace("\n[project.scripts]\n", f"\n[project.urls]\n{table}\n[project.scripts]\n")


def main() -> int:
    """Rewrite both files; 2 where the environment is not that of a workflow."""
    try:
        server, repository = os.environ["GITHUB_SERVER_URL"], os.environ["GITHUB_REPOSITORY"]
        tag = os.environ["GITHUB_REF_NAME"]
    except KeyError as error:
        print(f"{error} is not set; this runs in the release workflow.", file=sys.stderr)
        return 2
    readme, project = ROOT / "README.md", ROOT / "pyproject.toml"
    links = make_links_absolute(readme.read_text("utf-8"), server, repository, tag)
    readme.write_text(links, "utf-8")
    project.write_text(add_addresses(project.read_text("utf-8"), server, repository), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
