"""A tenant's accent colour as a small stylesheet that is readable by construction.

Whatever colour a tenant picks, text on it and text in it keep 4.5:1, and a button's edge 3:1
(WCAG 2.2 SC 1.4.3, 1.4.11): the shade is moved towards black or white until they do.
"""

import re

DEFAULT_ACCENT = "3457d5"

_HEX = re.compile(r"#?([0-9a-fA-F]{6})")
_BLACK, _WHITE = (0.0, 0.0, 0.0), (255.0, 255.0, 255.0)
# The least favourable surface of each theme in app.css: text in the accent must hold on it.
_LIGHT_SURFACE, _DARK_SURFACE = (238.0, 240.0, 244.0), (38.0, 42.0, 51.0)
# A little more than text (SC 1.4.3) and than the edge of a control (SC 1.4.11) need.
_READABLE, _VISIBLE = 4.6, 3.1

Colour = tuple[float, float, float]


def parse_accent(text: str) -> str:
    """Six lower-case hex digits of `#rrggbb` or `rrggbb`. ValueError otherwise."""
    found = _HEX.fullmatch(text)
    if found is None:
        raise ValueError("an accent colour is six hex digits, such as #3457d5")
    return found[1].lower()


def accent_css(accent: str) -> str:
    """Custom properties for both themes from six hex digits (see `parse_accent`)."""
    colour = _colour(parse_accent(accent))
    ink, away = (_WHITE, _BLACK) if _contrast(colour, _WHITE) >= 4.5 else (_BLACK, _WHITE)
    fill = f"--accent:{_hex(colour)};--accent-hover:{_hex(_mix(colour, away, 0.12))}"
    fill += f";--on-accent:{_hex(ink)}"
    light, dark = _theme(colour, _LIGHT_SURFACE, _BLACK), _theme(colour, _DARK_SURFACE, _WHITE)
    shades = "".join(
        f";--accent-{name}:light-dark({_hex(light[name])},{_hex(dark[name])})" for name in light
    )
    return f":root{{{fill}{shades}}}\n"


def text_on(accent: str) -> str:
    """The colour, `#000000` or `#ffffff`, in which text on an accent can be read."""
    colour = _colour(parse_accent(accent))
    return _hex(_WHITE if _contrast(colour, _WHITE) >= 4.5 else _BLACK)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    return _contrast(_colour(parse_accent(one)), _colour(parse_accent(other)))


def _theme(colour: Colour, surface: Colour, towards: Colour) -> dict[str, Colour]:
    """The accent as text, and as the edge of a button, on the surfaces of one theme."""
    return {
        "text": _moved(colour, surface, towards, _READABLE),
        "edge": _moved(colour, surface, towards, _VISIBLE),
    }


def _moved(colour: Colour, surface: Colour, towards: Colour, ratio: float) -> Colour:
    for step in range(51):
        shade = _mix(colour, towards, step / 50)
        if _contrast(shade, surface) >= ratio:
            return shade
    return towards


def _contrast(one: Colour, other: Colour) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    if channel <= 0.04045:
        return channel / 12.92
    return float(((channel + 0.055) / 1.055) ** 2.4)


def _mix(colour: Colour, towards: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, towards, strict=True))
    return (red, green, blue)


def _colour(digits: str) -> Colour:
    red, green, blue = bytes.fromhex(digits)
    return (red, green, blue)


def _hex(colour: Colour) -> str:
    return "#" + bytes(round(channel) for channel in colour).hex()
