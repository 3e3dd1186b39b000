"""Adding an operation touches one file: what Node calls, its schema and its types follow from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from foundation.settings import ROOT
from tests.bridge_stack import running

CALL = """
import { createClient } from './index.js';
const client = createClient({ redisUrl: process.env.SOBA_REDIS_URL });
const answer = await client.data.misbehave({ n: 9 });
const failure = await client.data.misbehave({ n: 'nine' }).catch(error => error);
console.log(JSON.stringify({ answer, code: failure.code, path: failure.details?.[0]?.path }));
await client.close();
"""


@pytest.fixture
def node_modules() -> Path:
    folder = ROOT / "clients" / "node" / "node_modules"
    if not folder.is_dir():
        pytest.skip("clients/node has no node_modules; ./soba test installs them")
    return folder


def test_an_operation_in_one_new_file_is_called_from_node(tmp_path: Path, node_modules: Path) -> None:
    with running(tmp_path) as stack:
        package = stack.project / "clients" / "node"
        shutil.copytree(ROOT / "clients" / "node", package, ignore=shutil.ignore_patterns("node_modules"))
        (package / "node_modules").symlink_to(node_modules)
        subprocess.run([sys.executable, "-m", "cli", "schemas"], cwd=stack.project, check=True, timeout=60)
        types = (package / "generated" / "operations.d.ts").read_text()
        assert "data.misbehave" in types
        environment = os.environ | {"SOBA_REDIS_URL": stack.url}
        (package / "call.mjs").write_text(CALL)
        done = subprocess.run(
            ["node", "call.mjs"], cwd=package, env=environment, capture_output=True, check=True, timeout=60
        )
        assert json.loads(done.stdout) == {"answer": {"half": 4.5}, "code": "INVALID_INPUT", "path": "n"}
