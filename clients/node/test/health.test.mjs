import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { createClient, createHealthMonitor } from '../index.js';
import { SERVICES } from '../src/catalog.js';
import { Latency } from '../src/health/latency.js';
import { Rates } from '../src/health/rates.js';
import { judge, overall } from '../src/health/status.js';
import { standIn } from './support/stand-in.mjs';
import { eventually, startStack } from './support/stack.mjs';

const calm = { waiting: 0, active: 0, delayed: 0, failed: 0, oldestAgeMs: 0 };
const probe = (ok = true, latencyMs = 5) => ({ at: Date.now(), ok, latencyMs, ...(ok ? {} : { error: 'no answer' }) });
const well = { reachable: true, bridges: 1, workers: 1, depth: calm, probes: [probe()], breaker: 'closed', patient: false };

const stack = await startStack();

describe('status', () => {
  const cases = /** @type {[string, object, string, RegExp?][]} */ ([
    ['all is well', {}, 'healthy'],
    ['before the first probe', { probes: [] }, 'healthy'],
    ['Redis is away', { reachable: false }, 'down', /Redis/],
    ['no worker, no answer', { workers: 0, probes: [] }, 'down', /worker/],
    ['no bridge, no answer', { bridges: 0, probes: [] }, 'down', /bridge/],
    ['a worker answers before its record is there', { workers: 0 }, 'degraded', /record/],
    ['one failed probe', { probes: [probe(), probe(false)] }, 'degraded', /no answer/],
    ['two failed probes', { probes: [probe(false), probe(false)] }, 'down', /two probes/],
    ['two failed probes while jobs run', { probes: [probe(false), probe(false)], depth: { ...calm, active: 1 } }, 'degraded'],
    ['bulk is busy', { probes: [probe(false), probe(false)], depth: { ...calm, active: 1, oldestAgeMs: 90_000 }, patient: true }, 'healthy'],
    ['a slow probe', { probes: [probe(true, 3_000)] }, 'degraded', /3000 ms/],
    ['an old job', { depth: { ...calm, waiting: 1, oldestAgeMs: 45_000 } }, 'degraded', /45 s/],
    ['an open circuit', { breaker: 'open' }, 'degraded', /circuit/],
  ]);
  for (const [label, facts, status, reason] of cases)
    test(`${label}: ${status}`, () => {
      const judged = judge({ ...well, ...facts });
      assert.equal(judged.status, status);
      if (reason) assert.match(judged.reasons.join(), reason);
      assert.equal(judged.reasons.length > 0, status !== 'healthy');
    });
  test('the whole is healthy where all are, down where all are, else degraded', () => {
    assert.equal(overall(['healthy', 'healthy']), 'healthy');
    assert.equal(overall(['down', 'down']), 'down');
    assert.equal(overall(['healthy', 'down']), 'degraded');
  });
});

test('percentiles over the last answers', () => {
  const latency = new Latency();
  assert.deepEqual(latency.report(), { count: 0, p50: null, p95: null, p99: null });
  for (let ms = 1; ms <= 1_000; ms++) latency.add(ms);
  const { count, p50, p99 } = latency.report();
  assert.equal(count, 1_000);
  assert.ok(Number(p50) > 740 && Number(p50) < 750 && Number(p99) > 990);
});

test('rates follow from the totals of the bridges, and survive their restart', () => {
  const rates = new Rates();
  const census = (/** @type {number} */ at, /** @type {number} */ done) =>
    ({ workers: [], at, bridges: [/** @type {any} */ ({ queues: { ml: { done, failed: 0 } } })] });
  rates.note(census(1_000, 100));
  assert.equal(rates.of('ml'), 0);
  rates.note(census(3_000, 300));
  assert.equal(rates.of('ml'), 100);
  rates.note(census(5_000, 0));
  assert.equal(rates.of('ml'), 0);
});

describe('monitor', () => {
  /** @type {import('../index.js').HealthMonitor[]} */
  const monitors = [];
  const monitor = (/** @type {import('../index.js').Client} */ client = stack.client) => {
    const made = createHealthMonitor({ client, intervalMs: 500, retryMs: 300 });
    monitors.push(made);
    return made;
  };
  after(() => monitors.forEach((made) => made.stop()));

  test('every service is healthy, with queue, latency, breaker, workers and the last probe', async () => {
    const made = monitor();
    await eventually(async () => (await made.report()).status === 'healthy' && Object.values(made.services).every(({ probes }) => probes.length));
    const report = /** @type {any} */ (await made.report());
    for (const service of SERVICES) {
      assert.equal(report[service].status, 'healthy');
      assert.equal(report[service].workers, 1);
      assert.equal(report[service].breaker.state, 'closed');
      assert.ok(report[service].lastProbe.ok && report[service].lastProbe.latencyMs > 0);
    }
    assert.equal(report.contract.status, 'same');
    assert.equal((await made.service('ml')).status, 'healthy');
    await assert.rejects(made.service('nonsense'), { code: 'NOT_FOUND' });
  });

  test('probes leave no job behind', async () => {
    const made = monitor();
    await eventually(() => made.services.data.probes.length >= 2);
    const { queue } = stack.client.lanes.of('data');
    assert.deepEqual(await queue.getJobCounts('completed', 'failed', 'waiting'), { completed: 0, failed: 0, waiting: 0 });
  });

  test('metrics count calls and show queues, services and breakers', async () => {
    const made = monitor();
    await stack.client.data.ping({ echo: 1 });
    await stack.client.run('data.nonsense', {}).catch(() => {});
    const text = await made.metrics();
    assert.match(text, /soba_client_calls_total\{operation="data.ping",code="OK",cached="false"\} 1/);
    assert.match(text, /soba_client_calls_total\{operation="other",code="UNKNOWN_OPERATION"/);
    assert.match(text, /soba_client_call_seconds_count\{operation="data.ping"\} 1/);
    assert.match(text, /soba_queue_jobs\{queue="fraud",state="waiting"\} 0/);
    assert.match(text, /soba_client_breaker_state\{service="ml"\} 0/);
    assert.match(text, /soba_service_workers\{service="bulk"\} 1/);
  });

  test('a service that dies is down, with a reason; its middleware says 503; it recovers by itself', { timeout: 30_000 }, async () => {
    const client = createClient({ redisUrl: stack.server.url });
    const made = monitor(client);
    /** @type {any[]} */ const recovered = [];
    made.on('recovered', (change) => recovered.push(change.service));
    await eventually(async () => (await made.report()).status === 'healthy');
    const middleware = made.requireService('ml');
    const ask = () => new Promise((resolve) => middleware({}, {}, resolve));
    assert.equal(await ask(), undefined);
    await stack.workers.stop();
    for (let i = 0; i < 5; i++) client.breakers.ml.failed(/** @type {any} */ ({ code: 'INTERNAL', message: 'dead' }));
    await eventually(async () => (await made.service('ml')).status === 'down', 20_000);
    assert.match((await made.service('ml')).reasons[0], /worker/);
    const error = /** @type {any} */ (await ask());
    assert.deepEqual([error.code, error.status], ['UNAVAILABLE', 503]);
    const started = performance.now();
    stack.workers = await standIn({ url: stack.server.url });
    await eventually(async () => (await made.report()).status === 'healthy', 15_000);
    assert.ok(performance.now() - started < 15_000);
    assert.equal(client.breakers.ml.state, 'closed', 'the probe closed the circuit before its minute was over');
    assert.ok(recovered.includes('ml'));
    await client.close({ drainMs: 100 });
  });

  test('a monitor of nothing says so within seconds', async () => {
    const client = createClient({ redisUrl: 'redis://127.0.0.1:1' });
    const made = monitor(client);
    const started = performance.now();
    const report = await made.report();
    assert.equal(report.status, 'down');
    assert.equal(report.redis.reachable, false);
    assert.ok(performance.now() - started < 4_000);
    await client.close({ drainMs: 0 });
  });

  test('requireService refuses a name that is none', () => {
    assert.throws(() => monitor().requireService('nonsense'), TypeError);
  });
});
