"""The documentation as tests read it: pages, their headings and their links."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])

_FENCE = re.compile(r"^(```+)(\w*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_SOURCE = re.compile(r'\b(?:src|srcset|href)="([^"]+)"')


def text_of(page: Path) -> str:
    """A page without its code blocks."""
    return _FENCE.sub("", page.read_text())


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of one language."""
    return [found[3] for found in _FENCE.finditer(page.read_text()) if found[2] == language]


def links(page: Path) -> list[str]:
    """Where its links and pictures lead, addresses of the web left out."""
    text = _CODE.sub("", text_of(page))
    found = [*_LINK.findall(text), *_SOURCE.findall(text)]
    return [one for one in found if not re.match(r"[a-z]+:", one)]


def anchors(page: Path) -> set[str]:
    """The fragments its headings answer to."""
    return {_anchor(heading) for heading in _HEADING.findall(text_of(page))}


def _anchor(heading: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain))
