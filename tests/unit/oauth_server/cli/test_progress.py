"""Bars while something takes long: on a terminal, and nowhere else."""

import io
import sys

import pytest

from oauth_server.cli.output import progress, told


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.bar("D1.4")
def test_a_terminal_sees_bars_and_a_program_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, shows in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        assert list(progress([1, 2, 3], "clients")) == [1, 2, 3]
        assert ("clients" in stream.getvalue(), "100%" in stream.getvalue()) == (shows, shows)
        tell = told({"access tokens": 10})
        for line in ("families", "access tokens: 5", "access tokens: 10"):
            tell(line)
        assert "families\n" in stream.getvalue()
        assert ("access tokens: 5\n" in stream.getvalue()) is not shows
        assert ("50%" in stream.getvalue()) is shows
