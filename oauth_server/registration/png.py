"""ISO/IEC 15948 (PNG): a picture from outside is taken apart, and put together again from what makes its pixels.

Whatever else the file held - text, profiles, a second file behind the first - is gone; what is no picture is refused.
"""

import zlib
from collections.abc import Iterator

from django.utils.translation import gettext as _

LARGEST_FILE = 512 * 1024
SIDES = range(16, 513)

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# §11.2.2: bit depths and samples per pixel by colour type
_COLOURS = {0: ((1, 2, 4, 8, 16), 1), 2: ((8, 16), 3), 3: ((1, 2, 4, 8), 1), 4: ((8, 16), 2), 6: ((8, 16), 4)}
_PALETTE = 3
_FILTERS = 5


class NoPicture(ValueError):
    """The message says why, for the person who uploads it."""


def rebuilt(data: bytes) -> bytes:
    """The same picture in a file of our own making. Raises `NoPicture`."""
    if len(data) > LARGEST_FILE:
        raise NoPicture(_("The file is larger than %(most)d KiB.") % {"most": LARGEST_FILE // 1024})
    if not data.startswith(_SIGNATURE):
        raise NoPicture(_("It is no PNG picture."))
    chunks: dict[bytes, bytes] = {}
    for name, body in _chunks(data):
        # §5.6: one of each but IDAT, whose parts are one stream
        if name in chunks and name != b"IDAT":
            raise NoPicture(_("The picture is damaged."))
        chunks[name] = chunks.get(name, b"") + body
    header = chunks.get(b"IHDR", b"")
    rows, row = _size(header)
    pixels = _pixels(chunks.get(b"IDAT", b""), rows, row)
    kept = [(b"IHDR", header), *_colours(header[9], chunks), (b"IDAT", zlib.compress(pixels, 9)), (b"IEND", b"")]
    return _SIGNATURE + b"".join(_chunk(name, body) for name, body in kept)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """§5.3, up to the end of the picture; each with the right checksum."""
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if _chunk(name, body) != data[at : at + 12 + length]:
            break
        if name == b"IEND":
            return
        yield name, body
        at += 12 + length
    raise NoPicture(_("The picture is damaged."))


def _chunk(name: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)


def _size(header: bytes) -> tuple[int, int]:
    """How many rows the picture has, and of how many bytes."""
    if len(header) != 13 or header[10:12] != b"\0\0":
        raise NoPicture(_("The picture is damaged."))
    width, height, depth, colour = int.from_bytes(header[:4]), int.from_bytes(header[4:8]), header[8], header[9]
    depths, samples = _COLOURS.get(colour, ((), 0))
    if depth not in depths:
        raise NoPicture(_("The picture is damaged."))
    if header[12]:
        raise NoPicture(_("Save it without interlacing."))
    if width not in SIDES or height not in SIDES:
        limits = {"least": SIDES.start, "most": SIDES.stop - 1}
        raise NoPicture(_("Each side has to have %(least)d to %(most)d pixels.") % limits)
    return height, 1 + (width * depth * samples + 7) // 8


def _pixels(stream: bytes, rows: int, row: int) -> bytes:
    """§10.1: exactly as many bytes as the header promises, however much a forged stream would give."""
    unpack = zlib.decompressobj()
    try:
        pixels = unpack.decompress(stream, rows * row + 1)
    except zlib.error:
        raise NoPicture(_("The picture is damaged.")) from None
    if len(pixels) != rows * row or max(pixels[::row]) >= _FILTERS:
        raise NoPicture(_("The picture is damaged."))
    return pixels


def _colours(colour: int, chunks: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """§11.2.3, §11.3.2: the palette where there has to be one, and what is transparent."""
    palette, clear = chunks.get(b"PLTE", b""), chunks.get(b"tRNS", b"")
    if colour != _PALETTE:
        return [(b"tRNS", clear)] if len(clear) == {0: 2, 2: 6}.get(colour) else []
    if not 3 <= len(palette) <= 768 or len(palette) % 3 or len(clear) > len(palette) // 3:
        raise NoPicture(_("The picture is damaged."))
    return [(b"PLTE", palette), *([(b"tRNS", clear)] if clear else [])]
