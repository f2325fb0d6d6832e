"""The source tree, as the checks in this folder look at it."""

import re
import subprocess
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]


def tracked(*patterns: str) -> list[Path]:
    """The files that git knows or would add."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(listing, cwd=TREE, capture_output=True, text=True, check=True).stdout
    return [TREE / name for name in sorted(names.splitlines()) if (TREE / name).exists()]


def includes(source: Path) -> list[str]:
    """What is between the quotes or brackets of a file's #include lines."""
    return re.findall(r'^\s*#\s*include\s*[<"]([^">]+)[">]', source.read_text(), re.MULTILINE)
