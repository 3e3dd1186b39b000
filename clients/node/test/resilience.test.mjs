import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { SobaError, createClient } from '../index.js';
import { freePort, startServer } from './support/server.mjs';
import { standIn } from './support/stand-in.mjs';
import { eventually } from './support/stack.mjs';

/** @type {(() => Promise<unknown> | unknown)[]} */
const endings = [];
after(async () => {
  for (const end of endings.reverse()) await end();
});

/** @param {Omit<import('./support/stand-in.mjs').Options, 'url'>} [workers] @param {import('../src/client.js').ClientOptions} [options] */
async function stackOf(workers = {}, options = {}) {
  const server = await startServer();
  const python = await standIn({ url: server.url, ...workers });
  const client = createClient({ redisUrl: server.url, ...options });
  endings.push(() => server.stop(), () => python.stop(), () => client.close({ drainMs: 100 }));
  return { server, python, client };
}

/** Cut every connection that reads events. @param {import('./support/server.mjs').Server} server */
async function cutEvents(server) {
  const list = /** @type {string} */ (await server.redis.client('LIST'));
  const readers = list.split('\n').filter((line) => / cmd=xread /.test(line));
  for (const line of readers) await server.redis.client('KILL', 'ID', Number(/id=(\d+)/.exec(line)?.[1]));
  return readers.length;
}

describe('waiting', () => {
  test('20,000 jobs all come back, though the events are cut off again and again; nothing leaks', { timeout: 240_000 }, async () => {
    const { server, client, python } = await stackOf({ queues: ['data'], concurrency: 500 });
    await client.data.ping({ echo: 'warm' });
    const { waiter, queue } = client.lanes.of('data');
    const listeners = () => [waiter.events, queue, client.lanes.redis].map((emitter) =>
      /** @type {any} */ (emitter).eventNames().reduce((/** @type {number} */ sum, /** @type {any} */ name) => sum + /** @type {any} */ (emitter).listenerCount(name), 0));
    const before = listeners();
    let cuts = 0;
    const cutting = setInterval(async () => (cuts += await cutEvents(server)), 400);
    const answers = [];
    for (let start = 0; start < 20_000; start += 4_000) {
      const inputs = Array.from({ length: 4_000 }, (_, i) => ({ echo: start + i }));
      answers.push(...(await client.runBulk('data.ping', inputs, { deadlineMs: 200_000 })));
    }
    clearInterval(cutting);
    assert.deepEqual(answers.map((answer) => (answer instanceof SobaError ? answer.code : answer.echo)), Array.from({ length: 20_000 }, (_, i) => i));
    assert.ok(cuts >= 3, `events were cut ${cuts} times`);
    assert.equal(client.lanes.pending, 0);
    assert.deepEqual(listeners(), before);
    assert.ok([...python.executed.values()].every((times) => times === 1), 'no job ran twice');
  });

  test('calls outlive the loss of every connection', async () => {
    const { server, client } = await stackOf();
    await client.data.ping({ echo: 1 });
    await server.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => client.data.ping({ echo: i }, { deadlineMs: 10_000 })));
    assert.equal(answers.length, 50);
  });

  test('Redis away: UNAVAILABLE within the deadline, CIRCUIT_OPEN after five, and back once it is there', { timeout: 60_000 }, async () => {
    const port = await freePort();
    const client = createClient({ redisUrl: `redis://127.0.0.1:${port}`, breaker: { resetMs: 500 } });
    endings.push(() => client.close({ drainMs: 0 }));
    /** @type {string[]} */ const codes = [];
    for (let i = 0; i < 7; i++) {
      const started = performance.now();
      await client.data.ping({}, { deadlineMs: 300 }).catch((error) => codes.push(error.code));
      assert.ok(performance.now() - started < 500);
    }
    assert.deepEqual(codes, [...Array(5).fill('UNAVAILABLE'), 'CIRCUIT_OPEN', 'CIRCUIT_OPEN']);
    const server = await startServer(port);
    endings.push(() => server.stop());
    const python = await standIn({ url: server.url });
    endings.push(() => python.stop());
    await eventually(() => client.data.ping({ echo: 'back' }, { deadlineMs: 500 }).then(() => true, () => false), 15_000);
  });

  test('workers die under load: five time-outs, then CIRCUIT_OPEN at once; back with them', { timeout: 60_000 }, async () => {
    const { server, client, python } = await stackOf({ queues: ['fraud'] }, { breaker: { resetMs: 1_000 } });
    /** @type {{from: string, to: string}[]} */ const changes = [];
    client.on('breaker', (change) => changes.push(change));
    await client.fraud.ping({});
    await python.stop();
    const codes = [];
    for (let i = 0; i < 10; i++) {
      const started = performance.now();
      codes.push(await client.fraud.ping({}, { deadlineMs: 250 }).then(() => 'OK', (error) => error.code));
      assert.ok(performance.now() - started < 450, 'no call hangs over its deadline');
    }
    assert.deepEqual(codes, [...Array(5).fill('DEADLINE_EXCEEDED'), ...Array(5).fill('CIRCUIT_OPEN')]);
    const again = await standIn({ url: server.url, queues: ['fraud'] });
    endings.push(() => again.stop());
    await eventually(() => client.fraud.ping({}, { deadlineMs: 500 }).then(() => true, () => false), 10_000);
    assert.equal(client.breakers.fraud.state, 'closed');
    assert.deepEqual(changes.map(({ from, to }) => `${from} > ${to}`).at(-1), 'half-open > closed');
    assert.equal(client.breakers.ml.state, 'closed');
  });

  test('an event that cannot be read ends nobody\'s wait', { timeout: 30_000 }, async () => {
    const { server, client } = await stackOf({ queues: ['ml'] });
    await client.ml.ping({});
    await server.redis.xadd('bull:ml:events', '*', 'event', 'completed', 'jobId', 'foreign', 'returnvalue', '{not JSON');
    for (let i = 0; i < 3; i++) assert.equal((await client.ml.ping({ echo: i }, { deadlineMs: 8_000 })).echo, i);
  });
});

test('a bulk while the circuit is open is refused in place, and adds nothing', async () => {
  const { client } = await stackOf({ queues: ['ml'] }, { breaker: { threshold: 1 } });
  await client.ml.ping({});
  client.breakers.ml.failed(new SobaError('INTERNAL', 'broken'));
  const answers = await client.runBulk('ml.ping', [{ echo: 1 }, { echo: 2 }]);
  assert.deepEqual(answers.map((answer) => /** @type {SobaError} */ (answer).code), ['CIRCUIT_OPEN', 'CIRCUIT_OPEN']);
  assert.equal(client.lanes.pending, 0);
});

describe('back-pressure', () => {
  test('a queue that nobody works off is OVERLOADED for those who cannot wait, not for those who can', { timeout: 30_000 }, async () => {
    const { client } = await stackOf({ queues: [] }, { breaker: { threshold: Infinity } });
    await client.addBulk(Array.from({ length: 1_000 }, () => ({ name: 'nlp.ping', input: {} })));
    const impatient = () => client.nlp.ping({}, { deadlineMs: 220 }).then(() => 'OK', (error) => error.code);
    await eventually(async () => (await impatient()) === 'OVERLOADED');
    client.pressure.check('nlp');
    assert.equal((await client.enqueue('nlp.ping', {})).operation, 'nlp.ping');
  });

  test('a full queue takes no more, whoever asks', async () => {
    const { client } = await stackOf({ queues: [] }, { pressure: { maxWaiting: 300 } });
    await client.addBulk(Array.from({ length: 400 }, () => ({ name: 'ml.ping', input: {} })));
    const refused = () => client.enqueue('ml.ping', {}).then(() => false, (error) => error.code === 'OVERLOADED' && error.retryAfter >= 1);
    await eventually(refused);
  });
});

test('a client closes in time while its server is just coming back', { timeout: 30_000 }, async () => {
  for (const pause of [0, 50, 500]) {
    const { server, client, python } = await stackOf({ queues: ['data'] });
    await client.data.ping({});
    await python.stop();
    await server.stop();
    await client.data.ping({}, { deadlineMs: 100 }).catch(() => {});
    const again = await startServer(server.port);
    endings.push(() => again.stop());
    await new Promise((done) => setTimeout(done, pause));
    const started = performance.now();
    await client.close({ drainMs: 0 });
    assert.ok(performance.now() - started < 6_000);
  }
});
