"""One trace from an Express request through BullMQ, the bridge and Celery to the worker that ran the operation."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from foundation.settings import ROOT
from tests.bridge_stack import BridgeStack, running

BACKEND = """
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import express from 'express';
import { createClient } from './index.js';

const current = new AsyncLocalStorage(), spans = [];
const hex = bytes => randomBytes(bytes).toString('hex');
function start(name, parent = current.getStore()) {
  const context = { name, trace: parent?.trace ?? hex(16), id: hex(8), parent: parent?.id ?? null };
  spans.push(context);
  const nothing = () => {};
  return { context, setSpanOnContext: () => context, setAttribute: nothing, setAttributes: nothing, addEvent: nothing,
    recordException: nothing, end: nothing };
}
const telemetry = {
  tracer: { startSpan: (name, _options, context) => start(name, context) },
  contextManager: {
    active: () => current.getStore(),
    with: (context, run) => current.run(context, run),
    getMetadata: context => JSON.stringify({ traceparent: `00-${context.trace}-${context.id}-01` }),
    fromMetadata: context => context,
  },
};
const client = createClient({ redisUrl: process.env.SOBA_REDIS_URL, telemetry });
const app = express();
app.get('/ping/:n', (request, response, next) => current.run(start('request').context, () =>
  client.data.ping({ echo: request.params.n }).then(answer => response.json(answer), next)));
const server = app.listen(0, '127.0.0.1');
await new Promise(done => server.once('listening', done));
const ask = n => fetch(`http://127.0.0.1:${server.address().port}/ping/${n}`).then(answer => answer.json());
const answers = await Promise.all([2, 4, 6].map(ask));
console.log(JSON.stringify({ answers, spans }));
process.exit(0);
"""


@contextmanager
def collector() -> Iterator[tuple[str, list[Any]]]:
    """An OTLP collector: its address, and the spans that it was sent."""
    spans: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                spans.extend(span for scope in group.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tests have no use for a line a request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", spans
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def backend(stack: BridgeStack) -> dict[str, Any]:
    """What an Express app with the client and a tracer says of three requests at once."""
    package = stack.folder / "node"
    shutil.copytree(ROOT / "clients" / "node", package, ignore=shutil.ignore_patterns("node_modules"))
    (package / "node_modules").symlink_to(ROOT / "clients" / "node" / "node_modules")
    environment = os.environ | {"SOBA_REDIS_URL": stack.url}
    (package / "backend.mjs").write_text(BACKEND)
    command = ["node", "backend.mjs"]
    done = subprocess.run(command, cwd=package, env=environment, capture_output=True, check=True, timeout=60)
    return dict(json.loads(done.stdout))


def test_a_request_to_express_and_the_model_are_one_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (ROOT / "clients" / "node" / "node_modules").is_dir():
        pytest.skip("clients/node has no node_modules; ./soba test installs them")
    with collector() as (url, exported):
        monkeypatch.setenv("SOBA_TRACES_URL", url)
        with running(tmp_path) as stack:
            said = backend(stack)
            stack.until(lambda: len(exported) >= 3, 20, "the worker's spans have come")
    assert [answer["echo"] for answer in said["answers"]] == ["2", "4", "6"]
    node = {span["id"]: span for span in said["spans"]}
    requests = {span["trace"]: span for span in said["spans"] if span["name"] == "request"}
    assert {span.trace_id.hex() for span in exported} == requests.keys()
    for span in exported:
        assert span.name == "data.ping"
        above = node[span.parent_span_id.hex()]
        assert above["name"].startswith("add")
        assert above["parent"] == requests[span.trace_id.hex()]["id"]
