"""The examples of the documents: each is a whole program, and its calls and attributes are there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", ROOT.parent / "README.md", ROOT.parent / "docs/python.md")


def test_the_examples_of_the_documents_type_check(tmp_path: Path) -> None:
    examples = [
        code
        for page in PAGES
        for code in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    ]
    assert len(examples) > 8
    for at, code in enumerate(examples):
        (tmp_path / f"example_{at}.py").write_text(code)
    options = ["--check-untyped-defs", "--ignore-missing-imports", "--cache-dir", str(tmp_path / "cache")]
    command = [sys.executable, "-m", "mypy", "--config-file=", *options, str(tmp_path)]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
