"""Spans as a project sees them that has set up OpenTelemetry: in a process of its own, because a tracer provider is set up once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
CODE = f"""
import json, logging
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from django.test import Client, RequestFactory
from oauth_server import tracing
from oauth_server.endpoints import lane

spans = InMemorySpanExporter()
before = tracing.is_on()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
secret = "oas_at_a-token-that-nobody-may-see"
body = {{"data": "token=" + secret, "content_type": "application/x-www-form-urlencoded"}}
ids = [Client().post("/oauth2/introspect", headers={{"traceparent": "00-{TRACE}-{CALLER}-01"}}, **body).headers["X-Trace-Id"]]
heads = []
lane.wrap(None)(RequestFactory().post("/oauth2/token", **body).environ, lambda *head: heads.extend(head))
ids.append(dict(heads[1])["X-Trace-Id"])
with trace.get_tracer("shop").start_as_current_span("the project's own") as own:
    ids.append(Client().get("/account/sign-in/").headers["X-Trace-Id"])
    ids.append(Client().get("/.well-known/jwks.json").headers["X-Trace-Id"])
told = [[s.name, s.attributes["http.response.status_code"], s.status.status_code.name, trace.format_trace_id(s.context.trace_id),
         trace.format_span_id(s.parent.span_id) if s.parent else ""] for s in spans.get_finished_spans() if s.name != "the project's own"]
own = [trace.format_trace_id(own.get_span_context().trace_id), trace.format_span_id(own.get_span_context().span_id)]
leaks = any(secret in span.to_json() for span in spans.get_finished_spans())
print(json.dumps({{"before": before, "ids": ids, "spans": told, "own": own, "leaks": leaks}}))
"""


@pytest.mark.bar("O14.3")
def test_each_answer_of_an_endpoint_is_a_span_of_the_trace_that_it_names(tmp_path: Path) -> None:
    env = {
        "PATH": "",
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": f"sqlite:///{tmp_path}/no-tables",
    }
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", CODE]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    named, fresh, page, keys = found["ids"]
    trace, span = found["own"]
    assert found["before"] is False
    # there is no database, which is what makes them errors
    assert found["spans"] == [
        ["introspect", 503, "ERROR", TRACE, CALLER],
        ["token", 503, "ERROR", fresh, ""],
        ["jwks", 503, "ERROR", trace, span],
    ]
    assert (named, page, keys) == (TRACE, trace, trace)
    assert not found["leaks"]
