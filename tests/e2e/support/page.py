"""What a page of the documentation shows."""

import re
from pathlib import Path


class Page:
    """A file, or a part of one as text."""

    def __init__(self, source: Path | str) -> None:
        self.text = source if isinstance(source, str) else source.read_text()

    def sections(self) -> dict[str, "Page"]:
        """Its parts by their headings."""
        parts = re.split(r"^## (.+)\n", self.text, flags=re.MULTILINE)[1:]
        return {title: Page(text) for title, text in zip(parts[::2], parts[1::2], strict=True)}

    def blocks(self, language: str = "yaml") -> list[str]:
        """The code blocks of that language."""
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.DOTALL | re.MULTILINE)

    def file(self, name: str) -> str:
        """The block that begins with a comment which is the file's name."""
        (found,) = [block for block in self.blocks() if block.startswith(f"# {name}\n")]
        return found
