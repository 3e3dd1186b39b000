import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { Catalog, SobaError, createClient } from '../index.js';
import { SERVICES } from '../src/catalog.js';
import { eventually, sleep, startStack } from './support/stack.mjs';

const packaged = Catalog.packaged();
const ping = /** @type {any} */ (packaged.get('data.ping'));
const made = (/** @type {string} */ name, /** @type {object} */ more = {}) => ({ ...ping, name, request: {}, result: {}, ...more });
const operations = Object.fromEntries([
  ...[...packaged.operations].map(([name, operation]) => [name, operation]),
  ...['data.slow', 'data.flaky', 'data.broken', 'data.echo', 'data.steps'].map((name) => [name, made(name)]),
  ['data.once', made('data.once', { idempotent: false })],
  ['data.small', made('data.small', { maxBytes: 500 })],
]);
const catalog = new Catalog({ version: packaged.version, operations });

/** @type {Map<string, number>} tries by key */
const tries = new Map();
const handlers = {
  'data.slow': async (/** @type {any} */ { ms }, /** @type {any} */ { progress }) => {
    for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) await progress(Date.now(), end);
    return { slept: ms };
  },
  'data.flaky': (/** @type {any} */ { key, failures }) => {
    const count = (tries.get(key) ?? 0) + 1;
    tries.set(key, count);
    if (count <= failures) throw new SobaError('MODEL_UNAVAILABLE', `try ${count}`);
    return { tries: count };
  },
  'data.once': () => { throw new SobaError('INTERNAL', 'broken'); },
  'data.broken': () => { throw new SobaError('INVALID_INPUT', 'a: is odd', { details: [{ path: 'a', message: 'is odd' }] }); },
  'data.echo': (/** @type {any} */ input) => input,
  'data.small': (/** @type {any} */ input) => input,
  'data.hidden': (/** @type {any} */ input) => ({ hidden: input }),
  'data.steps': async (/** @type {any} */ { steps }, /** @type {any} */ { progress }) => {
    for (let step = 1; step <= steps; step++) await progress(step, steps);
    return { steps };
  },
};
const stack = await startStack({ handlers }, { catalog });
const failure = (/** @type {string} */ code) => (/** @type {any} */ error) => error instanceof SobaError && error.code === code;

describe('run', () => {
  for (const service of SERVICES)
    test(`${service}.ping comes back with what was sent`, async () => {
      const answer = await stack.client[service].ping({ echo: { of: service } });
      assert.deepEqual(answer.echo, { of: service });
    });
  test('every operation of the catalog has a method', () => {
    for (const name of packaged.names()) {
      const [domain, method] = name.split('.');
      const camel = method.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
      assert.equal(typeof (/** @type {any} */ (stack.client)[domain][camel]), 'function', name);
    }
  });
  test('any JSON comes back the same', async () => {
    for (const value of [null, 0, -1.5, '', 'ä😀\u0000', [[]], { a: { b: [1, null] } }, 2 ** 53 - 1])
      assert.deepEqual((await stack.client.data.ping({ echo: value })).echo, value);
  });
  test('answers belong to their calls', async () => {
    const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => stack.client.run('data.ping', { echo: i })));
    assert.deepEqual(answers.map(({ echo }) => echo), Array.from({ length: 300 }, (_, i) => i));
  });
  test('wrong input never reaches the queue', async () => {
    const before = stack.workers.executed.size;
    await assert.rejects(stack.client.run('data.ping', /** @type {any} */ ({ nonsense: 1 })), failure('INVALID_INPUT'));
    assert.equal(stack.workers.executed.size, before);
  });
  test('an unknown operation is UNKNOWN_OPERATION', async () => {
    for (const name of ['data.nonsense', '__proto__', 'constructor', ''])
      await assert.rejects(stack.client.run(name, {}), failure('UNKNOWN_OPERATION'));
  });
  test('too much is PAYLOAD_TOO_LARGE', async () => {
    await assert.rejects(stack.client.run('data.small', { text: 'x'.repeat(600) }), failure('PAYLOAD_TOO_LARGE'));
  });
  test('what is not JSON is INVALID_INPUT', async () => {
    const loop = {};
    Object.assign(loop, { loop });
    for (const input of [{ big: 1n }, loop]) await assert.rejects(stack.client.run('data.echo', input), failure('INVALID_INPUT'));
  });
  test('a failure comes with code, details, request id and job', async () => {
    await assert.rejects(stack.client.run('data.broken', {}, { requestId: 'req-7' }), (/** @type {any} */ error) => {
      assert.deepEqual(error.toJSON(), { code: 'INVALID_INPUT', message: 'a: is odd', retryable: false, details: [{ path: 'a', message: 'is odd' }], requestId: 'req-7' });
      assert.match(error.jobId, /^data:/);
      return true;
    });
  });
  test('the request id stands in the job', async () => {
    const handle = await stack.client.enqueue('data.echo', {}, { requestId: 'req-8' });
    const job = await stack.client.lanes.of('data').queue.getJob(handle.id.slice(5));
    assert.equal(job?.data.requestId, 'req-8');
  });
  test('retryable failures are tried again, as often as asked', async () => {
    assert.deepEqual(await stack.client.run('data.flaky', { key: 'a', failures: 2 }), { tries: 3 });
    await assert.rejects(stack.client.run('data.flaky', { key: 'b', failures: 9 }, { attempts: 2 }), failure('MODEL_UNAVAILABLE'));
    assert.equal(tries.get('b'), 2);
  });
  test('what must not be repeated is tried once', async () => {
    const handle = await stack.client.enqueue('data.once', {});
    await assert.rejects(handle.wait({ deadlineMs: 5_000 }), failure('INTERNAL'));
    assert.equal(stack.workers.executed.get(handle.id), 1);
  });
  test('emits one settled event for each call', async () => {
    /** @type {any[]} */ const events = [];
    const listener = (/** @type {any} */ event) => events.push(event);
    stack.client.on('settled', listener);
    await stack.client.data.ping({ echo: 1 });
    await stack.client.run('data.broken', {}).catch(() => {});
    stack.client.off('settled', listener);
    assert.deepEqual(events.map(({ operation, service, code, cached }) => [operation, service, code, cached]), [
      ['data.ping', 'data', 'OK', false], ['data.broken', 'data', 'INVALID_INPUT', false],
    ]);
    assert.ok(events[0].ms > 0);
  });
});

describe('time', () => {
  test('a call never waits beyond its deadline', async () => {
    const started = performance.now();
    await assert.rejects(stack.client.run('data.slow', { ms: 3_000 }, { deadlineMs: 300 }), failure('DEADLINE_EXCEEDED'));
    assert.ok(performance.now() - started < 600);
  });
  test('the deadline travels with the job', async () => {
    const { queue } = stack.client.lanes.of('nlp');
    await queue.pause();
    await assert.rejects(stack.client.nlp.ping({}, { deadlineMs: 100 }), failure('DEADLINE_EXCEEDED'));
    await queue.resume();
    await eventually(async () => (await queue.getFailed()).some(({ data, failedReason }) => data.deadline < Date.now() && failedReason.includes('DEADLINE')));
  });
  test('a deadline in the past sends nothing', async () => {
    await assert.rejects(stack.client.data.ping({}, { deadlineMs: 0 }), failure('DEADLINE_EXCEEDED'));
  });
  test('a delay is kept, and counts not as lateness', async () => {
    const started = performance.now();
    await stack.client.data.ping({}, { delay: 400 });
    assert.ok(performance.now() - started >= 390);
  });
  test('the urgent pass the others', async () => {
    const { queue } = stack.client.lanes.of('blockchain');
    await queue.pause();
    const order = /** @type {string[]} */ ([]);
    const send = (/** @type {string} */ label, /** @type {number} */ priority) => stack.client.enqueue('blockchain.ping', { echo: label }, { priority });
    const slow = await Promise.all(Array.from({ length: 20 }, () => send('slow', 10)));
    const urgent = await send('urgent', 1);
    await queue.resume();
    await Promise.all([urgent, ...slow].map((handle) => handle.wait({ deadlineMs: 5_000 })));
    const started = await Promise.all([urgent, ...slow].map(async (handle) => (await handle.report()).startedAt));
    order.push(...started.map(String));
    assert.equal(Math.min(...order.map(Number)), Number(order[0]));
  });
  test('progress arrives in order', async () => {
    /** @type {any[]} */ const seen = [];
    await stack.client.run('data.steps', { steps: 5 }, { onProgress: (progress) => seen.push(progress) });
    assert.deepEqual(seen.map(({ done, total }) => [done, total]), [[1, 5], [2, 5], [3, 5], [4, 5], [5, 5]]);
  });
  test('a listener that throws harms nobody', async () => {
    const warned = new Promise((resolve) => stack.client.once('warning', resolve));
    assert.deepEqual(await stack.client.run('data.steps', { steps: 1 }, { onProgress: () => { throw new Error('mine'); } }), { steps: 1 });
    assert.equal(/** @type {Error} */ (await warned).message, 'mine');
  });
});

describe('idempotency', () => {
  test('one key is one job and one answer', async () => {
    const call = () => stack.client.run('data.flaky', { key: 'idem', failures: 0 }, { idempotencyKey: 'order-1' });
    assert.deepEqual(await Promise.all([call(), call(), call()]), [{ tries: 1 }, { tries: 1 }, { tries: 1 }]);
    assert.deepEqual(await call(), { tries: 1 });
  });
  test('another payload is a CONFLICT, another order of keys is not', async () => {
    await stack.client.run('data.echo', { a: 1, b: 2 }, { idempotencyKey: 'order-2' });
    assert.deepEqual(await stack.client.run('data.echo', { b: 2, a: 1 }, { idempotencyKey: 'order-2' }), { a: 1, b: 2 });
    await assert.rejects(stack.client.run('data.echo', { a: 9 }, { idempotencyKey: 'order-2' }), failure('CONFLICT'));
  });
  test('the answer outlives the job', async () => {
    const handle = await stack.client.enqueue('data.echo', { keep: 1 }, { idempotencyKey: 'order-3' });
    await handle.wait({ deadlineMs: 5_000 });
    await (await stack.client.lanes.of('data').queue.getJob(handle.id.slice(5)))?.remove();
    assert.deepEqual(await stack.client.run('data.echo', { keep: 1 }, { idempotencyKey: 'order-3' }), { keep: 1 });
    assert.equal(stack.workers.executed.get(handle.id), 1);
  });
  test('what failed and may succeed is tried again', async () => {
    const call = () => stack.client.run('data.flaky', { key: 'idem-2', failures: 1 }, { idempotencyKey: 'order-4', attempts: 1 });
    await assert.rejects(call(), failure('MODEL_UNAVAILABLE'));
    assert.deepEqual(await call(), { tries: 2 });
  });
  test('what failed for good stays failed', async () => {
    const call = () => stack.client.run('data.broken', {}, { idempotencyKey: 'order-5' });
    await assert.rejects(call(), failure('INVALID_INPUT'));
    await assert.rejects(call(), failure('INVALID_INPUT'));
    assert.equal([...stack.workers.executed].filter(([ref, times]) => ref.startsWith('data:key-') && times > 2).length, 0);
  });
});

describe('bulk', () => {
  test('answers in order, failures in place', async () => {
    const inputs = Array.from({ length: 1_200 }, (_, i) => (i === 7 ? { nonsense: i } : { echo: i }));
    const answers = await stack.client.runBulk('data.ping', inputs);
    for (const [i, answer] of answers.entries())
      if (i === 7) assert.ok(failure('INVALID_INPUT')(answer));
      else assert.equal(/** @type {any} */ (answer).echo, i);
  });
  test('jobs of several queues in one go', async () => {
    const handles = await stack.client.addBulk(SERVICES.map((service) => ({ name: `${service}.ping`, input: { echo: service } })));
    assert.deepEqual(handles.map(({ id }) => id.split(':')[0]), [...SERVICES]);
    const answers = await Promise.all(handles.map((handle) => handle.wait({ deadlineMs: 5_000 })));
    assert.deepEqual(answers.map(({ echo }) => echo), [...SERVICES]);
  });
  test('a key holds in a bulk too', async () => {
    const item = (/** @type {any} */ input) => ({ name: 'data.echo', input, options: { idempotencyKey: 'bulk-1' } });
    const handles = await stack.client.addBulk([item({ a: 1 }), item({ a: 1 })]);
    assert.equal(handles[0].id, handles[1].id);
    await assert.rejects(stack.client.addBulk([item({ a: 2 })]), failure('CONFLICT'));
  });
  test('one bad item adds none', async () => {
    const items = [{ name: 'data.ping', input: {} }, { name: 'data.ping', input: { nonsense: 1 } }];
    await assert.rejects(stack.client.addBulk(items), failure('INVALID_INPUT'));
  });
});

describe('jobs', () => {
  test('a job is looked at while it runs and after its end', async () => {
    const handle = await stack.client.enqueue('data.slow', { ms: 300 });
    await eventually(async () => (await handle.report()).state === 'active');
    assert.equal(await handle.wait({ deadlineMs: 5_000 }).then(({ slept }) => slept), 300);
    const report = await handle.report();
    assert.deepEqual([report.state, report.operation, report.result], ['completed', 'data.slow', { slept: 300 }]);
    assert.ok(Number(report.finishedAt) >= Number(report.startedAt));
  });
  test('a wait for what is over ends at once', async () => {
    const handle = await stack.client.enqueue('data.echo', { a: 1 });
    await handle.wait({ deadlineMs: 5_000 });
    assert.deepEqual(await stack.client.wait(handle.id, { deadlineMs: 1_000 }), { a: 1 });
  });
  test('the polling key answers where the job is gone', async () => {
    const handle = await stack.client.enqueue('data.echo', { b: 2 });
    await handle.wait({ deadlineMs: 5_000 });
    await (await stack.client.lanes.of('data').queue.getJob(handle.id.slice(5)))?.remove();
    assert.deepEqual(await stack.client.wait(handle.id, { deadlineMs: 1_000 }), { b: 2 });
    assert.deepEqual((await handle.report()).result, { b: 2 });
  });
  test('an unknown job is NOT_FOUND', async () => {
    for (const ref of ['data:no-such', 'no-such', 'elsewhere:1', 'data:', '__proto__:1'])
      await assert.rejects(stack.client.job(ref), failure('NOT_FOUND'), ref);
  });
  test('cancel removes a job that waits, and tells who waits for it', async () => {
    const handle = await stack.client.enqueue('data.echo', {}, { delay: 60_000 });
    const waiting = assert.rejects(handle.wait({ deadlineMs: 5_000 }), failure('CANCELLED'));
    await sleep(50);
    assert.equal((await handle.cancel()).state, 'cancelled');
    await waiting;
    assert.equal((await handle.report()).failure?.code, 'CANCELLED');
    assert.equal(stack.workers.executed.has(handle.id), false);
  });
  test('cancel stops a job that runs', async () => {
    const handle = await stack.client.enqueue('data.slow', { ms: 20_000 });
    await eventually(async () => (await handle.report()).state === 'active');
    assert.equal((await handle.cancel()).state, 'cancelling');
    await assert.rejects(handle.wait({ deadlineMs: 5_000 }), failure('CANCELLED'));
  });
  test('what is over cannot be cancelled', async () => {
    const handle = await stack.client.enqueue('data.echo', {});
    await handle.wait({ deadlineMs: 5_000 });
    await assert.rejects(handle.cancel(), failure('CONFLICT'));
  });
  test('a signal takes the call back, and the job with it', async () => {
    const controller = new AbortController();
    const call = stack.client.run('data.slow', { ms: 20_000 }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 200);
    await assert.rejects(call, failure('CANCELLED'));
    await eventually(async () => (await stack.client.lanes.of('data').queue.getActiveCount()) === 0);
    await assert.rejects(stack.client.run('data.echo', {}, { signal: AbortSignal.abort() }), failure('CANCELLED'));
  });
  test('dead letters are listed, and replay runs them again without their old deadline', async () => {
    const call = stack.client.run('data.flaky', { key: 'replay', failures: 1 }, { attempts: 1, deadlineMs: 2_000 });
    const error = await call.then(() => assert.fail('it succeeded'), (/** @type {any} */ fault) => fault);
    const [dead] = (await stack.client.jobs.failures('data')).filter(({ id }) => id === error.jobId);
    assert.equal(dead.failure?.code, 'MODEL_UNAVAILABLE');
    await sleep(2_000);
    await stack.client.replay(error.jobId);
    assert.deepEqual(await stack.client.wait(error.jobId, { deadlineMs: 5_000 }), { tries: 2 });
    await assert.rejects(stack.client.replay(error.jobId), failure('CONFLICT'));
  });
  test('somebody else removes the job: CANCELLED, not a hang', async () => {
    const handle = await stack.client.enqueue('data.echo', {}, { delay: 60_000 });
    const waiting = assert.rejects(handle.wait({ deadlineMs: 20_000 }), failure('CANCELLED'));
    await sleep(50);
    await (await stack.client.lanes.of('data').queue.getJob(handle.id.slice(5)))?.remove();
    await waiting;
  });
});

describe('other versions and other clients', () => {
  test('an operation that only the workers know is served', async () => {
    const record = { queue: 'data', at: Date.now(), contract: 'newer', operations: { 'data.hidden': { timeLimit: 5 } } };
    await stack.server.redis.set('soba:worker:data:newer:2', JSON.stringify(record), 'EX', 10);
    await stack.server.redis.zadd('soba:workers', Date.now() / 1000 + 10, 'soba:worker:data:newer:2');
    const client = createClient({ redisUrl: stack.server.url });
    assert.deepEqual(await client.run('data.hidden', { a: 1 }), { hidden: { a: 1 } });
    const { status, onlyWorkers, workers } = await client.discovery.compatibility();
    assert.equal(status, 'differs');
    assert.ok(onlyWorkers.includes('data.hidden') && workers.includes('newer'));
    const answer = await client.run('data.ping', /** @type {any} */ ({ laterField: 1 }));
    assert.equal(answer.echo, null, 'workers of another version have the last word on input');
    await client.close();
    await stack.server.redis.del('soba:worker:data:newer:2');
  });
  test('a plain BullMQ producer speaks the same wire', async () => {
    const connection = new Redis(stack.server.url, { maxRetriesPerRequest: null });
    const queue = new Queue('fraud', { connection });
    const reader = connection.duplicate();
    const events = new QueueEvents('fraud', { connection: reader });
    await events.waitUntilReady();
    const job = await queue.add('fraud.ping', { input: { echo: 'plain' } }, { removeOnComplete: { age: 60 } });
    assert.equal((await job.waitUntilFinished(events, 5_000)).echo, 'plain');
    assert.equal((await stack.client.job(`fraud:${job.id}`)).result.echo, 'plain');
    await Promise.all([queue.close(), events.close()]);
    for (const redis of [connection, reader]) redis.disconnect();
  });
  test('BullMQ telemetry is handed through, so that a trace begins here', async () => {
    /** @type {string[]} */ const spans = [];
    const span = { setAttribute() {}, setAttributes() {}, addEvent() {}, recordException() {}, setSpanOnContext: (/** @type {any} */ c) => c, end() {} };
    const telemetry = /** @type {any} */ ({
      tracer: { startSpan: (/** @type {string} */ name) => (spans.push(name), span) },
      contextManager: { with: (/** @type {any} */ _c, /** @type {any} */ run) => run(), active: () => ({}), getMetadata: () => 'traceparent', fromMetadata: () => ({}) },
    });
    const client = createClient({ redisUrl: stack.server.url, telemetry });
    const handle = await client.enqueue('ml.ping', {});
    const job = await client.lanes.of('ml').queue.getJob(handle.id.slice(3));
    assert.equal(/** @type {any} */ (job?.opts).telemetry.metadata, 'traceparent');
    assert.ok(spans.some((name) => name.startsWith('add')));
    await client.close();
  });
});

describe('close', () => {
  test('running calls end, later ones are refused, nothing is left open', async () => {
    const client = createClient({ redisUrl: stack.server.url, catalog });
    await client.data.ping({});
    const running = client.run('data.slow', { ms: 300 });
    await sleep(50);
    const closing = client.close({ drainMs: 5_000 });
    await assert.rejects(client.data.ping({}), failure('UNAVAILABLE'));
    assert.deepEqual(await running, { slept: 300 });
    await closing;
    await eventually(() => client.lanes.redis.status === 'end');
  });
  test('what does not end in time ends with UNAVAILABLE', async () => {
    const client = createClient({ redisUrl: stack.server.url, catalog });
    const running = assert.rejects(client.run('data.slow', { ms: 5_000 }), failure('UNAVAILABLE'));
    await sleep(100);
    await client.close({ drainMs: 100 });
    await running;
  });
});
