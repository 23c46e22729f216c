"""
Pictures of pages in at most 256 colours: a third of the bytes, and nobody sees it.

https://www.w3.org/TR/png-3/: Chromium writes truecolour without interlacing, 8 bits a sample.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST = 256
Colour = bytes


def reduced(png: bytes) -> bytes:
    """The same picture with a palette; of more than 256 colours each becomes one that is near."""
    parts = dict(_chunks(png))
    width, height, depth, kind = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    size = {2: 3, 6: 4}[kind]
    assert depth == 8
    rows = list(_rows(zlib.decompress(parts[b"IDAT"]), width * size, height, size))
    pixels = [[row[at : at + 3] for at in range(0, len(row), size)] for row in rows]
    numbers, palette = _numbered(Counter(p for row in pixels for p in row))
    data = b"".join(b"\0" + bytes(numbers[p] for p in row) for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    made = (
        (b"IHDR", header),
        (b"PLTE", b"".join(palette)),
        (b"IDAT", zlib.compress(data, 9)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(_chunk(name, body) for name, body in made)


def _numbered(counts: Counter[Colour]) -> tuple[dict[Colour, int], list[Colour]]:
    """The number of each colour, and the palette: of too many the commonest, and one of each kind."""
    if len(counts) <= MOST:
        palette = list(counts)
    else:
        kinds: dict[bytes, Colour] = {}
        for colour, _ in counts.most_common():
            kinds.setdefault(bytes(sample >> 4 for sample in colour), colour)
        exact = [one for one, _ in counts.most_common(MOST // 4)]
        palette = list(dict.fromkeys([*exact, *kinds.values()]))[:MOST]
    nearest = {one: min(range(len(palette)), key=lambda n: _far(palette[n], one)) for one in counts}
    return nearest, palette


def _far(one: Colour, other: Colour) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each; image data as one."""
    at, data = len(SIGNATURE), b""
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        at += length + 12
        if name == b"IDAT":
            data += body
        else:
            yield name, body
    yield b"IDAT", data


def _rows(data: bytes, width: int, height: int, size: int) -> Iterator[bytes]:
    """Lines of samples, once their filters are undone."""
    before = bytes(width)
    for number in range(height):
        at = number * (width + 1)
        before = _unfiltered(data[at], data[at + 1 : at + 1 + width], before, size)
        yield before


def _unfiltered(kind: int, line: bytes, above: bytes, size: int) -> bytes:
    found = bytearray(line)
    for at in range(len(found)):
        left = found[at - size] if at >= size else 0
        corner = above[at - size] if at >= size else 0
        up = above[at]
        guess = (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]
        found[at] = (found[at] + guess) & 0xFF
    return bytes(found)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))
