"""`python -m bench.cleared BATCHES`: removes expired access tokens and prints rows and seconds of each batch as JSON."""

import json
import sys
import time
from itertools import islice

import django

django.setup()

from oauth_server.models import AccessToken  # noqa: E402
from oauth_server.tokens import expired  # noqa: E402


def main(batches: int) -> list[tuple[int, float]]:
    found, begin = [], time.perf_counter()
    for model, count in islice(expired.clear(), batches):
        if model is not AccessToken:
            break
        found.append((count, time.perf_counter() - begin))
        begin = time.perf_counter()
    return found


if __name__ == "__main__":
    json.dump(main(int(sys.argv[1])), sys.stdout)
