"""Mails as text and as HTML."""

import textwrap
from typing import Protocol

from consentry.web.accent import text_on
from consentry.web.pages import markup


class Written(Protocol):
    """What a letter has."""

    @property
    def greeting(self) -> str: ...
    @property
    def lines(self) -> tuple[str, ...]: ...
    @property
    def link(self) -> str: ...
    @property
    def link_text(self) -> str: ...
    @property
    def aside(self) -> str: ...


def text_of(letter: Written, sender: str) -> str:
    """In lines that every reader shows; the link is on a line of its own."""
    parts = [letter.greeting, *letter.lines, f"{letter.link_text}:"]
    wrapped = [textwrap.fill(part, 76, break_long_words=False) for part in parts]
    aside = textwrap.fill(letter.aside, 76)
    return "\n\n".join([*wrapped, letter.link, aside, f"-- \n{sender}"]) + "\n"


def html_of(letter: Written, sender: str, accent: str | None) -> str:
    """One column, no picture and nothing from elsewhere."""
    colour = accent or "#3457d5"
    return markup(
        "mail/letter.html", letter=letter, sender=sender, colour=colour, ink=text_on(colour)
    )
