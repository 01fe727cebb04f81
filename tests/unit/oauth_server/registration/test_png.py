"""What an operator uploads as a logo: pictures come out as pictures, everything else is refused with the reason."""

import struct
import zlib
from collections.abc import Callable

import pytest

from oauth_server.registration import png

pytestmark = pytest.mark.bar("E6.1")

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def header(width: int = 16, height: int = 16, depth: int = 8, colour: int = 6, interlaced: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def pixels(row: int = 1 + 16 * 4, rows: int = 16, filtered: int = 0) -> bytes:
    return chunk(b"IDAT", zlib.compress((bytes([filtered]) + bytes(row - 1)) * rows))


def picture(*parts: bytes, end: bytes = chunk(b"IEND")) -> bytes:
    return SIGNATURE + b"".join(parts) + end


PLAIN = picture(header(), pixels())
GOOD: dict[str, bytes] = {
    "RGBA": PLAIN,
    "RGB": picture(header(colour=2), pixels(1 + 16 * 3)),
    "grey, two bits": picture(header(depth=2, colour=0), pixels(1 + 4)),
    "palette": picture(header(colour=3), chunk(b"PLTE", bytes(6)), chunk(b"tRNS", b"\0\xff"), pixels(1 + 16)),
    "in parts": picture(header(), *(chunk(b"IDAT", b) for b in (pixels()[8:-4][:9], pixels()[8:-4][9:]))),
}
BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no PNG"),
    "a script": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "no PNG"),
    "a JPEG": (b"\xff\xd8\xff\xe0" + bytes(100), "no PNG"),
    "too large a file": (PLAIN + bytes(png.LARGEST_FILE), "larger than 512 KiB"),
    "too wide": (picture(header(width=513), pixels(1 + 513 * 4)), "16 to 512 pixels"),
    "too small": (picture(header(width=15), pixels(1 + 15 * 4)), "16 to 512 pixels"),
    "interlaced": (picture(header(interlaced=1), pixels()), "without interlacing"),
    "cut": (PLAIN[:-20], "damaged"),
    "wrong checksum": (PLAIN[:-1] + b"\0", "damaged"),
    "no pixels": (picture(header()), "damaged"),
    "fewer pixels": (picture(header(), pixels(rows=15)), "damaged"),
    "a bomb": (picture(header(), chunk(b"IDAT", zlib.compress(bytes(10_000_000)))), "damaged"),
    "unknown filter": (picture(header(), pixels(filtered=5)), "damaged"),
    "unknown colour": (picture(header(colour=5), pixels()), "damaged"),
    "two headers": (picture(header(), header(), pixels()), "damaged"),
    "no header": (picture(pixels()), "damaged"),
    "no palette": (picture(header(colour=3), pixels(1 + 16)), "damaged"),
    "length beyond the file": (SIGNATURE + b"\xff\xff\xff\xffIHDR" + bytes(40), "damaged"),
}


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD.keys())
def test_a_picture_comes_out_the_same_and_stays_so(data: bytes) -> None:
    made = png.rebuilt(data)
    assert made.startswith(SIGNATURE)
    assert made[8:33] == data[8:33]
    assert png.rebuilt(made) == made


@pytest.mark.parametrize(
    "hide",
    [
        lambda secret: picture(header(), chunk(b"tEXt", secret), pixels()),
        lambda secret: picture(header(), chunk(b"eXIf", secret), pixels()),
        lambda secret: PLAIN + secret,
        lambda secret: picture(header(), chunk(b"IDAT", pixels()[8:-4] + secret)),
        lambda secret: picture(header(), chunk(b"PLTE", secret), pixels()),
    ],
    ids=["text", "exif", "behind the end", "behind the stream", "unused palette"],
)
def test_nothing_but_the_pixels_comes_through(hide: Callable[[bytes], bytes]) -> None:
    secret = b"<script>alert(1)</script>"
    assert secret not in png.rebuilt(hide(secret))


@pytest.mark.parametrize(("data", "why"), BAD.values(), ids=BAD.keys())
def test_what_is_no_such_picture_is_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(png.NoPicture, match=why):
        png.rebuilt(data)
