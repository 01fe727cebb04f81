"""ISO/IEC 18004 QR code: a text as a picture, drawn here, so that no third party learns it."""

from xml.sax.saxutils import quoteattr

_QUIET = 4  # modules of margin, which the standard asks for


def _rows(text: str) -> list[list[bool]]:
    # its tables take 40 ms to make, for which no other command waits
    from qrcode.main import QRCode

    code = QRCode(border=_QUIET)
    code.add_data(text)
    rows: list[list[bool]] = code.get_matrix()
    return rows


def svg(text: str, label: str) -> str:
    """A picture for a page or a screen, dark on white in every theme. `label`: what it is, for whoever does not see it."""
    rows = _rows(text)
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(rows)} {len(rows)}" role="img" aria-label={quoteattr(label)} '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{len(rows)}v{len(rows)}H0z"/><path d="{path}"/></svg>'
    )


def terminal(text: str) -> str:
    """The same in characters, two rows in a line, for light letters on a dark ground."""
    rows = _rows(text)
    rows += [[False] * len(rows)] * (len(rows) % 2)
    marks = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return "\n".join(
        "".join(marks[pair] for pair in zip(*rows[y : y + 2], strict=True)) for y in range(0, len(rows), 2)
    )
