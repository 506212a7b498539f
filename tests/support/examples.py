"""The examples for other teams, as those copy them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "verify_tokens"
_NODE = 20


def with_node(folder: Path) -> None:
    """The Node example in a folder, with the packages of its lock file; skips where there is no Node that is new
    enough.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs Node and npm (make ci-tools)")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.removeprefix("v").partition(".")[0]) < _NODE:
        pytest.skip(f"needs Node {_NODE} or newer; this is {version}")
    shutil.copytree(EXAMPLES / "node", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    install = ["npm", "ci", "--no-audit", "--no-fund"]
    done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
