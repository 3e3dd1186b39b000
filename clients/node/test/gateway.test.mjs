import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from './support/server.mjs';
import { eventually, startStack } from './support/stack.mjs';

const stack = await startStack();
const bin = (/** @type {string} */ name) => fileURLToPath(new URL(`../bin/${name}.mjs`, import.meta.url));
/** @type {import('node:child_process').ChildProcess[]} */
const children = [];
after(() => children.forEach((child) => child.kill('SIGKILL')));

/** @param {string} name @param {Record<string, string>} [env] */
function run(name, env = {}) {
  const child = spawn(process.execPath, [bin(name)], { env: { PATH: process.env.PATH, SOBA_REDIS_URL: stack.server.url, ...env } });
  children.push(child);
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said.text += chunk));
  return { child, said, ended: once(child, 'exit').then(([code]) => code) };
}

describe('gateway', () => {
  test('says in one line where it listens and that it is open, serves, drains on SIGTERM', async () => {
    const port = await freePort();
    const { child, said, ended } = run('gateway', { SOBA_GATEWAY_PORT: String(port) });
    await eventually(() => said.text.includes('listening'));
    assert.match(said.text, new RegExp(`^gateway: listening on http://127.0.0.1:${port}, open to everyone on this machine`, 'm'));
    const base = `http://127.0.0.1:${port}`;
    for (const path of ['/api/python/data/ping', '/api/python/fraud/ping'])
      assert.equal((await fetch(base + path, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })).status, 200);
    assert.equal((await fetch(`${base}/openapi.json`)).status, 200);
    const page = await fetch(`${base}/`, { headers: { accept: 'text/html' } });
    assert.deepEqual([page.status, page.headers.get('content-type')], [200, 'text/html; charset=utf-8']);
    const lost = await fetch(`${base}/nothing`);
    assert.equal(lost.status, 404);
    assert.equal((await lost.json()).code, 'NOT_FOUND');
    const started = performance.now();
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
    assert.ok(performance.now() - started < 5_000);
  });
  test('with a key, every route but health wants it', async () => {
    const port = await freePort();
    const { said } = run('gateway', { SOBA_GATEWAY_PORT: String(port), SOBA_API_KEY: 'sesame' });
    await eventually(() => said.text.includes('an API key is wanted'));
    const base = `http://127.0.0.1:${port}`;
    for (const path of ['/', '/openapi.json', '/api/python/overview.json']) assert.equal((await fetch(base + path)).status, 401, path);
    assert.equal((await fetch(`${base}/openapi.json`, { headers: { authorization: 'Bearer sesame' } })).status, 200);
    assert.equal((await fetch(`${base}/api/python/health`)).status, 200);
  });
  test('refuses to listen beyond loopback without a key', async () => {
    const { said, ended } = run('gateway', { SOBA_GATEWAY_HOST: '0.0.0.0' });
    assert.equal(await ended, 2);
    assert.match(said.text, /refuses to listen on 0\.0\.0\.0 without SOBA_API_KEY/);
  });
  test('a port that is taken is said, and is the end', async () => {
    const { said, ended } = run('gateway', { SOBA_GATEWAY_PORT: String(stack.server.port) });
    assert.equal(await ended, 1);
    assert.match(said.text, /cannot listen/);
  });
});

test('the demo prints a row an operation, and fails where one fails', async () => {
  const { said, ended } = run('demo');
  assert.equal(await ended, 1, 'the stand-in answers pings alone');
  assert.match(said.text, /^ml\.ping +ml +[\d.]+ +\{"echo":"hello"/m);
  assert.match(said.text, /^fraud\.assess-risk +fraud +[\d.]+ +FAILED UNKNOWN_OPERATION/m);
});
