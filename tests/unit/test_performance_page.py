"""docs/performance.md is what the published run says, and nothing else."""

import json
from pathlib import Path

from bench import report, scale

ROOT = Path(__file__).parents[2]


def test_the_page_is_printed_from_the_published_run():
    result = json.loads((ROOT / "bench/results/published.json").read_text())
    big = json.loads((ROOT / "bench/results/published-scale.json").read_text())
    assert (ROOT / "docs/performance.md").read_text() == report.page(result, scale.report(big))
