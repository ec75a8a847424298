"""Pictures of few colours keep every pixel."""

import random
import struct
import zlib

import pytest

from docs.palette import SIGNATURE, nearest, size_of, with_palette

WIDTH, KINDS = 7, range(5)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def filtered(kind: int, line: bytes, above: bytes, channels: int) -> bytes:
    """A line as ISO/IEC 15948 §9.2 writes it."""
    left = bytes(channels) + line[:-channels]
    corner = bytes(channels) + above[:-channels]

    def guess(a: int, b: int, c: int) -> int:
        far = [(abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c)]
        return [0, a, b, (a + b) // 2, min(far)[2]][kind]

    around = zip(line, left, above, corner, strict=True)
    return bytes((x - guess(a, b, c)) % 256 for x, a, b, c in around)


def chunks(picture: bytes) -> dict[bytes, bytes]:
    found, at = {}, len(SIGNATURE)
    while at < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, at)
        found[kind] = picture[at + 8 : at + 8 + length]
        at += length + 12
    return found


@pytest.mark.parametrize(("colour_type", "channels"), [(2, 3), (6, 4)])
def test_a_picture_with_a_palette_has_the_same_pixels(colour_type: int, channels: int) -> None:
    chance = random.Random(1)
    colours = [bytes(chance.choices(range(256), k=3)) for _ in range(20)]
    rows = [[chance.choice(colours) for _ in range(WIDTH)] for _ in KINDS]
    data, above = b"", bytes(WIDTH * channels)
    for kind, row in zip(KINDS, rows, strict=True):
        line = b"".join(pixel + b"\xff" * (channels - 3) for pixel in row)
        data += bytes([kind]) + filtered(kind, line, above, channels)
        above = line
    header = struct.pack(">IIBBBBB", WIDTH, len(rows), 8, colour_type, 0, 0, 0)
    picture = SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data))
    made = with_palette(picture + chunk(b"IEND", b""))
    found = chunks(made)
    palette, lines = found[b"PLTE"], zlib.decompress(found[b"IDAT"])
    seen = [
        palette[3 * n : 3 * n + 3]
        for y in range(len(rows))
        for n in lines[y * (WIDTH + 1) + 1 : (y + 1) * (WIDTH + 1)]
    ]
    assert seen == [pixel for row in rows for pixel in row]
    assert size_of(made) == (WIDTH, len(rows))


def test_a_colour_too_many_becomes_its_nearest_neighbour() -> None:
    assert nearest((250, 1, 0), [(0, 0, 0), (255, 0, 0)]) == (255, 0, 0)


def test_what_is_no_such_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no PNG"):
        with_palette(b"GIF89a")
