"""Behind PgBouncer with the file of `deploy/`: four workers with sixteen threads over two connections to the database."""

import json
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from django.db import connection

from tests import factories
from tests.deploy.conftest import DEPLOY
from tests.plugins.servers import Server, free_port

pytestmark = [
    pytest.mark.long,
    pytest.mark.pg,
    pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="PgBouncer is not here"),
]


@pytest.fixture
def pooled(transactional_db: None) -> Iterator[str]:
    """The database of the test behind a pooler, as a URL."""
    found, port = connection.settings_dict, free_port()
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))
    text = (DEPLOY / "pgbouncer/pgbouncer.ini").read_text()
    port_of = f" port={found['PORT']}" if found["PORT"] else ""
    changes = {
        "oauth = host=127.0.0.1 port=5432 dbname=oauth": f"* = host={found['HOST']}{port_of} user={found['USER']}",
        "listen_port = 6432": f"listen_port = {port}\nunix_socket_dir =",
        "auth_type = scram-sha-256": "auth_type = any",
        "auth_file = /etc/pgbouncer/userlist.txt": f"logfile = {folder}/log",
        "default_pool_size = 20": "default_pool_size = 2",
        "query_wait_timeout = 5": "query_wait_timeout = 60",
    }
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    (folder / "pgbouncer.ini").write_text(text)
    command = ["pgbouncer", str(folder / "pgbouncer.ini")]
    if os.geteuid() == 0:  # which it refuses to be; whoever runs the database reaches its socket
        owner = pwd.getpwuid((Path(found["HOST"]) / ".s.PGSQL.5432").stat().st_uid)
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        command[1:1] = ["-u", owner.pw_name]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"postgres://{found['USER']}@127.0.0.1:{port}/{found['NAME']}"
    try:
        _wait(url, folder)
        yield url
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def _wait(url: str, folder: Path) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if time.monotonic() > end:
                pytest.fail(f"PgBouncer does not answer:\n{(folder / 'log').read_text()}", pytrace=False)
            time.sleep(0.1)


@pytest.mark.bar("D5.1")
def test_grants_rotation_and_revocation_in_parallel_over_two_connections(
    pooled: str, start_server: Callable[..., Server]
) -> None:
    server = start_server(workers=4, threads=4, DATABASE_URL=f"{pooled}?disable_server_side_cursors=True")
    app = factories.app()
    headers = {**app.credentials()[0], "host": urlsplit(server.url).netloc}

    def post(path: str, **values: str) -> Any:
        answer = requests.post(f"http://127.0.0.1:{server.port}{path}", values, headers=headers, timeout=60)
        return answer.status_code, json.loads(answer.text or "{}")

    def life(number: int) -> list[int]:
        """A token that is looked at, revoked, and looked at again."""
        issued, made = post("/oauth2/token", grant_type="client_credentials")
        alive, told = post("/oauth2/introspect", token=made["access_token"])
        ended, _ = post("/oauth2/revoke", token=made["access_token"])
        dead, after = post("/oauth2/introspect", token=made["access_token"])
        assert (told["active"], after["active"]) == (True, False)
        return [issued, alive, ended, dead]

    with ThreadPoolExecutor(16) as pool:
        assert [status for statuses in pool.map(life, range(64)) for status in statuses] == [200] * 256
    # statements that read much at a time, in transactions of their own
    for command in (("oauth", "rotate", "storage-keys"), ("clear_expired",), ("rotate_keys",)):
        done = server.manage(*command)
        assert done.returncode == 0, done.stderr
    with psycopg.connect(pooled.rpartition("/")[0] + "/" + connection.settings_dict["NAME"], autocommit=True) as raw:
        row = raw.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()").fetchone()
    # the test's own connection beside the pool's
    assert row is not None
    assert row[0] <= 3
