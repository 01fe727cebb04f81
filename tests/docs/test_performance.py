"""docs/performance.md is what the published runs measured."""

import json
import statistics

import pytest

from bench import report, scale
from bench.processes import ROOT

PAGE = ROOT / "docs" / "performance.md"
PUBLISHED = ROOT / "bench" / "results" / "published.json"
PUBLISHED_SCALE = PUBLISHED.with_name("published-scale.json")


def test_the_page_is_printed_from_the_published_runs() -> None:
    run, big = (json.loads(path.read_text()) for path in (PUBLISHED, PUBLISHED_SCALE))
    assert PAGE.read_text() == report.page(run, scale.report(big))


@pytest.mark.bar("O14.2")
def test_cleaning_up_ten_million_rows_keeps_up_while_tokens_are_issued() -> None:
    """Measured by `python -m bench --scale 10000000`; the order of the statements and their limits are tested with the command."""
    big = json.loads(PUBLISHED_SCALE.read_text())
    rows = {name: count for name, count, _size in big["tables"]}
    assert rows["oauth_server_accesstoken"] >= 10_000_000
    batches = [seconds for count, seconds in big["cleanup"]["batches"] if count == 5_000]
    assert len(batches) >= 40
    assert statistics.median(batches) <= 0.150
    assert statistics.median(batches[-5:]) <= 1.5 * statistics.median(batches[:5])
    assert all(load["requests"] for load in big["cleanup"]["beside"])
