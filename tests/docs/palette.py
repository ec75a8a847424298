"""PNG files with a palette: a picture of a page in a third of the bytes (ISO/IEC 15948)."""

import struct
import zlib
from collections import Counter

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST = 256
_CHANNELS = {2: 3, 6: 4}
Colour = tuple[int, int, int]


def with_palette(picture: bytes) -> bytes:
    """The same picture in at most 256 colours; the rarest become their nearest neighbour.

    picture: a PNG of 8-bit RGB or opaque RGBA without interlacing, as Chromium makes them.
    """
    width, height, pixels = _pixels(picture)
    counts = Counter(pixels)
    kept = [colour for colour, _ in counts.most_common(MOST)]
    place = {colour: kept.index(nearest(colour, kept)) for colour in counts}
    indices = bytes(place[colour] for colour in pixels)
    # Filter type 0 for each line: neighbours in a palette are not alike in number (§12.8).
    lines = b"".join(b"\0" + indices[n * width : (n + 1) * width] for n in range(height))
    return SIGNATURE + b"".join((
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        _chunk(b"PLTE", b"".join(map(bytes, kept))),
        _chunk(b"IDAT", zlib.compress(lines, 9)),
        _chunk(b"IEND", b""),
    ))  # fmt: skip


def nearest(colour: Colour, kept: list[Colour]) -> Colour:
    """The kept colour with the smallest distance in RGB."""
    if colour in kept:
        return colour
    return min(kept, key=lambda one: sum((a - b) ** 2 for a, b in zip(one, colour, strict=True)))


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    width, height = struct.unpack_from(">II", picture, 16)
    return width, height


def _pixels(picture: bytes) -> tuple[int, int, list[Colour]]:
    if not picture.startswith(SIGNATURE):
        raise ValueError("no PNG")
    header, data, at = b"", b"", len(SIGNATURE)
    while at < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, at)
        body = picture[at + 8 : at + 8 + length]
        header = body if kind == b"IHDR" else header
        data += body if kind == b"IDAT" else b""
        at += length + 12
    width, height, depth, colour_type, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if depth != 8 or colour_type not in _CHANNELS or interlaced:
        raise ValueError("only 8-bit RGB and RGBA without interlacing")
    channels = _CHANNELS[colour_type]
    raw = _unfiltered(zlib.decompress(data), width * channels, channels)
    reds, greens, blues = (raw[n::channels] for n in range(3))
    return width, height, list(zip(reds, greens, blues, strict=True))


def _unfiltered(data: bytes, stride: int, channels: int) -> bytes:
    """Each line as it was before its filter (§9.2)."""
    found, above = bytearray(), bytes(stride)
    for start in range(0, len(data), stride + 1):
        kind, line = data[start], bytearray(data[start + 1 : start + 1 + stride])
        if kind:
            _unfilter(kind, line, above, channels)
        found += line
        above = bytes(line)
    return bytes(found)


def _unfilter(kind: int, line: bytearray, above: bytes, channels: int) -> None:
    for n, value in enumerate(line):
        left = line[n - channels] if n >= channels else 0
        corner = above[n - channels] if n >= channels else 0
        if kind == 1:
            expected = left
        elif kind == 2:
            expected = above[n]
        elif kind == 3:
            expected = (left + above[n]) // 2
        else:
            expected = _paeth(left, above[n], corner)
        line[n] = (value + expected) & 0xFF


def _paeth(left: int, above: int, corner: int) -> int:
    """Whichever neighbour is nearest to what the three suggest (§9.4)."""
    guess = left + above - corner
    return min((left, above, corner), key=lambda one: abs(guess - one))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
