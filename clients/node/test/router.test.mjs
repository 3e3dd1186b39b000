import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import express from 'express';
// @ts-expect-error an alias of express 4, without types
import express4 from 'express4';
import { Catalog, SobaError, bearer, createHealthMonitor, createRouter } from '../index.js';
import { rateLimiter } from '../src/router/access.js';
import { eventually, sleep, startStack } from './support/stack.mjs';

const packaged = Catalog.packaged();
const ping = /** @type {any} */ (packaged.get('data.ping'));
const made = (/** @type {string} */ name, /** @type {object} */ more) => [name, { ...ping, name, path: `/${name.replace('.', '/')}`, result: {}, ...more }];
const text = { type: 'object', additionalProperties: false, properties: { text: { type: 'string' }, depth: { type: 'integer' }, list: { type: 'array', items: {} } } };
const catalog = new Catalog({
  version: packaged.version,
  operations: Object.fromEntries([
    ...packaged.operations,
    made('data.look', { method: 'GET', request: text }),
    made('data.small', { maxBytes: 300, request: text }),
    made('data.fail', { request: {}, idempotent: false }),
    made('data.slow', { request: {} }),
    made('bulk.work', { queue: 'bulk', long: true, request: {} }),
  ]),
});
const handlers = {
  'data.look': (/** @type {any} */ input) => input,
  'data.small': (/** @type {any} */ input) => input,
  'data.fail': (/** @type {any} */ { code }) => { throw new SobaError(code, 'as asked'); },
  'data.slow': async (/** @type {any} */ { ms }) => { await sleep(ms); return { ms }; },
  'bulk.work': async (/** @type {any} */ { steps, fail }, /** @type {any} */ { progress }) => {
    for (let step = 1; step <= steps; step++) { await progress(step, steps); await sleep(30); }
    if (fail) throw new SobaError('INTERNAL', 'it broke');
    return { steps };
  },
};
const stack = await startStack({ handlers }, { catalog });
const KEY = 'a-key-of-the-test';

const monitor = createHealthMonitor({ client: stack.client, intervalMs: 1_000 });
const models = mkdtempSync(join(tmpdir(), 'soba-models-'));
const version = join(models, 'toy', 'versions', 'v1');
mkdirSync(version, { recursive: true });
writeFileSync(join(version, 'card.json'), JSON.stringify({ model: 'toy', metrics: { auc: 0.9 } }));
writeFileSync(join(models, 'toy', 'aliases.json'), JSON.stringify({ champion: 'v1', challenger: null }));
writeFileSync(join(models, 'secret.json'), '{"secret":1}');

/** @type {(() => void)[]} */ const closing = [];
after(() => {
  monitor.stop();
  closing.forEach((close) => close());
  rmSync(models, { recursive: true });
});

/**
 * An app with the router, and a way to ask it.
 * @param {any} framework @param {object} [options] @param {(app: any, router: any) => void} [mount]
 */
async function appOf(framework, options = {}, mount = (app, router) => app.use(router)) {
  const app = framework();
  mount(app, createRouter({ client: stack.client, monitor, authenticate: bearer(KEY), models: { registry: models }, ...options }));
  const server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => server.close());
  const base = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`;
  return async (/** @type {string} */ route, /** @type {any} */ { body, key = KEY, headers = {}, ...more } = {}) => {
    const [method, path] = route.split(' ');
    const reply = await fetch(base + path, {
      method,
      headers: { ...(key && { authorization: `Bearer ${key}` }), ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      ...more,
    });
    const raw = await reply.text();
    return { status: reply.status, headers: reply.headers, raw, body: /** @type {any} */ (raw.startsWith('{') ? JSON.parse(raw) : raw), base };
  };
}

/** @param {any} reply @param {number} status @param {string} code */
function refused(reply, status, code) {
  assert.equal(reply.status, status, reply.raw);
  assert.deepEqual(Object.keys(reply.body).filter((key) => key !== 'jobId'), ['code', 'message', 'retryable', 'details', 'requestId']);
  assert.equal(reply.body.code, code);
  assert.ok(reply.body.message && reply.body.requestId);
  assert.equal(reply.headers.get('x-request-id'), reply.body.requestId);
}

for (const [name, framework] of /** @type {[string, any][]} */ ([['Express 5', express], ['Express 4', express4]]))
  describe(name, () => {
    /** @type {Awaited<ReturnType<typeof appOf>>} */ let ask;
    before(async () => void (ask = await appOf(framework)));

    test('POST runs an operation', async () => {
      const reply = await ask('POST /api/python/fraud/ping', { body: { echo: { deep: ['ä'] } } });
      assert.equal(reply.status, 200);
      assert.deepEqual(reply.body.echo, { deep: ['ä'] });
      assert.match(String(reply.headers.get('content-type')), /^application\/json/);
    });
    test('GET runs one with its query, and POST does too', async () => {
      const input = { text: '12', depth: 2, list: [{ a: 1 }] };
      const query = new URLSearchParams({ text: '12', depth: '2', list: '[{"a":1}]' });
      assert.deepEqual((await ask(`GET /api/python/data/look?${query}`)).body, input);
      assert.deepEqual((await ask('POST /api/python/data/look', { body: input })).body, input);
      refused(await ask('GET /api/python/data/look?depth=deep'), 400, 'INVALID_INPUT');
    });
    for (const [label, body] of [['not JSON', '{'], ['an unknown field', { nonsense: 1 }], ['an array', [1]], ['text', '"x"'], ['null', 'null'], ['nothing', '']])
      test(`a body that is ${label} is 400`, async () => refused(await ask('POST /api/python/data/ping', { body }), 400, 'INVALID_INPUT'));
    test('a body that is too large is 413', async () => {
      refused(await ask('POST /api/python/data/small', { body: { text: 'x'.repeat(400) } }), 413, 'PAYLOAD_TOO_LARGE');
    });
    test('an unknown operation is 404, another method 405 with Allow', async () => {
      refused(await ask('POST /api/python/data/nonsense', { body: {} }), 404, 'UNKNOWN_OPERATION');
      const reply = await ask('GET /api/python/data/ping');
      refused(reply, 405, 'METHOD_NOT_ALLOWED');
      assert.equal(reply.headers.get('allow'), 'POST');
      refused(await ask('PUT /api/python/data/look', { body: {} }), 405, 'METHOD_NOT_ALLOWED');
    });
    for (const [code, status] of /** @type {[string, number][]} */ ([['INVALID_INPUT', 400], ['OVERLOADED', 503], ['MODEL_UNAVAILABLE', 503], ['TIMEOUT', 504], ['INTERNAL', 500], ['CANCELLED', 409]]))
      test(`${code} of a worker is ${status}`, async () => {
        const reply = await ask('POST /api/python/data/fail', { body: { code } });
        refused(reply, status, code);
        assert.equal(reply.headers.has('retry-after'), status === 503);
        assert.match(reply.body.jobId, /^data:/);
      });
    test('without a key, or with a wrong one, 401 everywhere but for health', async () => {
      for (const route of ['POST /api/python/data/ping', 'GET /api/python/jobs/data:1', 'GET /api/python/openapi.json', 'GET /api/python/overview.json', 'GET /api/python/models', 'GET /api/python/nothing', 'GET /api/python/overview'])
        for (const key of ['', 'wrong', `${KEY}x`]) {
          const reply = await ask(route, { key, ...(route.startsWith('POST') && { body: {} }) });
          refused(reply, 401, 'UNAUTHORIZED');
          assert.equal(reply.headers.get('www-authenticate'), 'Bearer');
        }
      for (const route of ['GET /api/python/health', 'GET /api/health/metrics', 'GET /api/health/service/ml'])
        assert.notEqual((await ask(route, { key: '' })).status, 401);
    });
    test('the request id is taken from the caller, or made', async () => {
      const reply = await ask('POST /api/python/data/ping', { body: {}, headers: { 'x-request-id': 'mine-1' } });
      assert.equal(reply.headers.get('x-request-id'), 'mine-1');
      const odd = await ask('POST /api/python/data/ping', { body: { nonsense: 1 }, headers: { 'x-request-id': 'a b<script>' } });
      assert.notEqual(odd.body.requestId, 'a b<script>');
    });
    test('the three health routes', async () => {
      await eventually(async () => (await ask('GET /api/python/health')).body.status === 'healthy');
      const { body } = await ask('GET /api/python/health');
      for (const service of ['ml', 'nlp', 'fraud', 'data', 'blockchain']) assert.equal(body[service].status, 'healthy');
      assert.match((await ask('GET /api/health/metrics')).raw, /^# HELP soba_/m);
      assert.equal((await ask('GET /api/health/service/ml')).body.name, 'ml');
      refused(await ask('GET /api/health/service/nonsense'), 404, 'NOT_FOUND');
      assert.equal((await ask('GET /api/python/health/service/ml')).status, 200);
    });
    test('long work is 202 with Location; the job can be followed to its end', async () => {
      const reply = await ask('POST /api/python/bulk/work', { body: { steps: 3 } });
      assert.equal(reply.status, 202);
      assert.match(reply.body.jobId, /^bulk:/);
      const location = String(reply.headers.get('location'));
      assert.equal(location, `/api/python/jobs/${reply.body.jobId}`);
      await eventually(async () => (await ask(`GET ${location}`)).body.state === 'completed');
      assert.deepEqual((await ask(`GET ${location}`)).body.result, { steps: 3 });
    });
    test('server-sent events: state, progress, completed', async () => {
      const { body } = await ask('POST /api/python/bulk/work', { body: { steps: 4 } });
      const { raw, headers } = await ask(`GET /api/python/jobs/${encodeURIComponent(body.jobId)}/events`);
      assert.match(String(headers.get('content-type')), /event-stream/);
      const events = [...raw.matchAll(/^event: (\w+)\ndata: (.+)$/gm)].map(([, event, data]) => ({ event, data: JSON.parse(data) }));
      assert.equal(events[0].event, 'state');
      assert.ok(events.some(({ event, data }) => event === 'progress' && data.total === 4));
      assert.deepEqual(events.at(-1), { event: 'completed', data: { id: body.jobId, state: 'completed', result: { steps: 4 } } });
    });
    test('unknown jobs are 404 on every route', async () => {
      for (const route of ['GET /api/python/jobs/no-such-job', 'GET /api/python/jobs/data:none', 'GET /api/python/jobs/data:none/events', 'DELETE /api/python/jobs/data:none', 'POST /api/python/jobs/data:none/replay'])
        refused(await ask(route), 404, 'NOT_FOUND');
    });
  });

describe('more of the router', () => {
  /** @type {Awaited<ReturnType<typeof appOf>>} */ let ask;
  before(async () => void (ask = await appOf(express)));

  test('respond-async makes any operation a job', async () => {
    const reply = await ask('POST /api/python/data/ping', { body: { echo: 1 }, headers: { prefer: 'respond-async' } });
    assert.equal(reply.status, 202);
    await eventually(async () => (await ask(`GET ${reply.headers.get('location')}`)).body.result?.echo === 1);
  });
  test('DELETE cancels a running job, replay runs a failed one', async () => {
    const { body } = await ask('POST /api/python/bulk/work', { body: { steps: 200 } });
    await eventually(async () => (await ask(`GET /api/python/jobs/${body.jobId}`)).body.state === 'active');
    assert.equal((await ask(`DELETE /api/python/jobs/${body.jobId}`)).body.state, 'cancelling');
    await eventually(async () => (await ask(`GET /api/python/jobs/${body.jobId}`)).body.failure?.code === 'CANCELLED');
    refused(await ask(`DELETE /api/python/jobs/${body.jobId}`), 409, 'CONFLICT');
    const failed = await ask('POST /api/python/data/fail', { body: { code: 'INTERNAL' } });
    assert.ok((await ask('GET /api/python/failures?queue=data&count=100')).body.failures.some((/** @type {any} */ { id }) => id === failed.body.jobId));
    const replayed = await ask(`POST /api/python/jobs/${failed.body.jobId}/replay`);
    assert.deepEqual([replayed.status, replayed.headers.get('location')], [202, `/api/python/jobs/${failed.body.jobId}`]);
    refused(await ask('GET /api/python/failures?count=many'), 400, 'INVALID_INPUT');
    refused(await ask('GET /api/python/failures?queue=none'), 404, 'NOT_FOUND');
  });
  test('Idempotency-Key: one job, and 409 for another payload', async () => {
    const headers = { 'idempotency-key': 'order-77' };
    const [a, b] = await Promise.all([1, 2].map(() => ask('POST /api/python/data/ping', { body: { echo: 'one' }, headers })));
    assert.equal(a.body.at, b.body.at);
    refused(await ask('POST /api/python/data/ping', { body: { echo: 'two' }, headers }), 409, 'CONFLICT');
    refused(await ask('POST /api/python/data/ping', { body: {}, headers: { 'idempotency-key': 'x'.repeat(201) } }), 400, 'INVALID_INPUT');
  });
  test('X-Deadline-Ms is kept, 504 beyond it', async () => {
    const started = performance.now();
    refused(await ask('POST /api/python/data/slow', { body: { ms: 3_000 }, headers: { 'x-deadline-ms': '250' } }), 504, 'DEADLINE_EXCEEDED');
    assert.ok(performance.now() - started < 1_000);
    refused(await ask('POST /api/python/data/slow', { body: {}, headers: { 'x-deadline-ms': '-1' } }), 400, 'INVALID_INPUT');
  });
  test('a caller who goes away takes the call back', async () => {
    const controller = new AbortController();
    const gone = ask('POST /api/python/data/slow', { body: { ms: 400 }, signal: controller.signal }).catch((error) => error.name);
    const settled = new Promise((resolve) => stack.client.once('settled', resolve));
    setTimeout(() => controller.abort(), 100);
    assert.equal(await gone, 'AbortError');
    assert.equal(/** @type {any} */ (await settled).code, 'CANCELLED');
  });
  test('a body that grows over the limit while it comes is cut off', async () => {
    const { base } = await ask('GET /api/python/health');
    const code = await new Promise((resolve, reject) => {
      const sent = httpRequest(`${base}/api/python/data/small`, { method: 'POST', headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' } }, (reply) => resolve(reply.statusCode));
      sent.once('error', reject);
      sent.write(`{"text":"${'x'.repeat(500)}`);
    });
    assert.equal(code, 413);
  });
  test('compressed bodies, and forms of other sites, are refused', async () => {
    refused(await ask('POST /api/python/data/ping', { body: '{}', headers: { 'content-encoding': 'gzip' } }), 400, 'INVALID_INPUT');
    const { base } = await ask('GET /api/python/health');
    const status = await new Promise((resolve) => httpRequest(`${base}/api/python/data/ping`, { method: 'POST', headers: { authorization: `Bearer ${KEY}`, 'content-type': 'text/plain', 'sec-fetch-site': 'cross-site' } }, (reply) => resolve(reply.statusCode)).end('{}'));
    assert.equal(status, 400);
  });
  test('model cards, and no way out of their folder', async () => {
    assert.deepEqual((await ask('GET /api/python/models')).body.models, [{ name: 'toy', version: 'v1', alias: 'champion', shipped: false, createdAt: null, metrics: { auc: 0.9 }, hasPage: false }]);
    assert.equal((await ask('GET /api/python/models/toy/v1/card')).body.model, 'toy');
    for (const path of ['toy/v2', '..%2f/v1', 'toy/..%2f..%2f..%2fsecret', '%2e%2e/secret.json', 'toy/%00', 'toy/..'])
      assert.equal((await ask(`GET /api/python/models/${path}/card`)).status, 404, path);
  });
  test('OpenAPI 3.1 lists every operation', async () => {
    const { body } = await ask('GET /api/python/openapi.json');
    assert.match(body.openapi, /^3\.1/);
    for (const { path } of packaged.operations.values()) assert.ok(body.paths[`/api/python${path}`], path);
  });
  test('a parser of the app that came first is no hindrance', async () => {
    for (const framework of [express, express4]) {
      const parsed = await appOf(framework, {}, (app, router) => { app.use(/** @type {any} */ (framework).json()); app.use(router); });
      assert.equal((await parsed('POST /api/python/data/ping', { body: { echo: 5 } })).body.echo, 5);
    }
  });
  test('mounted under a path of its own, it serves what is below', async () => {
    for (const framework of [express, express4])
      for (const path of ['/ml-service', '/api/python']) {
        const mounted = await appOf(framework, {}, (app, router) => app.use(path, router));
        assert.equal((await mounted(`POST ${path}/data/ping`, { body: { echo: 6 } })).body.echo, 6);
        assert.equal((await mounted(`POST ${path}/bulk/work`, { body: { steps: 1 } })).headers.get('location')?.startsWith(`${path}/jobs/bulk:`), true);
        assert.equal((await mounted(`GET ${path}/health`)).status, 200);
      }
  });
  test('mounted at the root, it leaves the app\'s own routes alone', async () => {
    const mounted = await appOf(express, {}, (app, router) => { app.use(router); app.get('/mine', (/** @type {any} */ _q, /** @type {any} */ r) => r.json({ mine: true })); });
    assert.deepEqual((await mounted('GET /mine', { key: '' })).body, { mine: true });
  });
  test('authenticate must be given; false opens all, aloud', async () => {
    assert.throws(() => createRouter(/** @type {any} */ ({ client: stack.client, monitor })), /authenticate/);
    /** @type {string[]} */ const said = [];
    const open = await appOf(express, { authenticate: false, warn: (/** @type {string} */ message) => said.push(message) });
    assert.equal((await open('POST /api/python/data/ping', { body: {}, key: '' })).status, 200);
    assert.match(said.join(), /open/);
  });
  test('an authenticate that throws is an error, not a way in', async () => {
    const broken = await appOf(express, { authenticate: async () => { throw new Error('no database'); } });
    assert.equal((await broken('POST /api/python/data/ping', { body: {} })).status, 500);
  });
  test('too many requests are 429 with Retry-After', async () => {
    const limited = await appOf(express, { rateLimit: { perMinute: 3 } });
    for (let i = 0; i < 3; i++) assert.equal((await limited('POST /api/python/data/ping', { body: {} })).status, 200);
    const reply = await limited('POST /api/python/data/ping', { body: {} });
    refused(reply, 429, 'RATE_LIMITED');
    assert.ok(Number(reply.headers.get('retry-after')) >= 1);
    assert.equal((await limited('GET /api/python/health')).status, 200);
  });
  test('buckets fill again, a caller each', () => {
    const limit = rateLimiter({ perMinute: 600, burst: 1, key: (/** @type {any} */ req) => req.who });
    limit(/** @type {any} */ ({ who: 'a' }));
    assert.throws(() => limit(/** @type {any} */ ({ who: 'a' })), { code: 'RATE_LIMITED' });
    limit(/** @type {any} */ ({ who: 'b' }));
    const end = Date.now() + 150;
    while (Date.now() < end);
    limit(/** @type {any} */ ({ who: 'a' }));
  });
});
