import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Catalog, SobaError, createClient } from '../index.js';
import { eventually, sleep, startStack } from './support/stack.mjs';

const packaged = Catalog.packaged();
const ping = /** @type {any} */ (packaged.get('data.ping'));
const made = (/** @type {string} */ name, /** @type {object} */ more) => [name, { ...ping, name, request: {}, result: {}, ...more }];
const catalog = new Catalog({
  version: packaged.version,
  operations: Object.fromEntries([
    made('data.kept', { cacheTtl: 60 }),
    made('data.brief', { cacheTtl: 0.2 }),
    made('data.stale', { cacheTtl: 0.2, staleWhileError: true }),
    made('data.never', { cacheTtl: 0 }),
  ]),
});
let runs = 0;
let broken = /** @type {string | undefined} */ (undefined);
const handler = async (/** @type {any} */ input) => {
  if (broken) throw new SobaError(broken, 'broken');
  await sleep(30);
  return { run: ++runs, input };
};
const handlers = Object.fromEntries(catalog.names().map((name) => [name, handler]));
const stack = await startStack({ handlers, queues: ['data'] });

/** @param {(client: import('../index.js').Client) => Promise<void>} body */
async function withCache(body) {
  const client = createClient({ redisUrl: stack.server.url, cacheUrl: stack.server.url, catalog });
  await stack.server.redis.del(...(await stack.server.redis.keys('soba:cache:*')), 'none');
  try {
    await body(client);
  } finally {
    broken = undefined;
    await client.close({ drainMs: 100 });
  }
}

describe('cache', () => {
  test('an answer is kept, whatever the order of keys', () => withCache(async (client) => {
    const first = await client.run('data.kept', { a: 1, b: 2 });
    await sleep(20);
    assert.deepEqual((await client.run('data.kept', { b: 2, a: 1 })).run, first.run);
    assert.notEqual((await client.run('data.kept', { a: 2, b: 2 })).run, first.run);
    assert.deepEqual([client.cache?.hits, client.cache?.misses], [1, 2]);
  }));
  test('calls at the same time are one job', () => withCache(async (client) => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.run('data.kept', { flight: 1 })));
    assert.equal(new Set(answers.map(({ run }) => run)).size, 1);
  }));
  test('a hit says so in its event', () => withCache(async (client) => {
    /** @type {boolean[]} */ const cached = [];
    client.on('settled', (event) => cached.push(event.cached));
    await client.run('data.kept', { event: 1 });
    await sleep(20);
    await client.run('data.kept', { event: 1 });
    assert.deepEqual(cached, [false, true]);
  }));
  test('it ends with its time', () => withCache(async (client) => {
    const first = await client.run('data.brief', {});
    await sleep(250);
    assert.notEqual((await client.run('data.brief', {})).run, first.run);
  }));
  test('an operation without a time is never kept', () => withCache(async (client) => {
    const first = await client.run('data.never', {});
    assert.notEqual((await client.run('data.never', {})).run, first.run);
    assert.deepEqual(await stack.server.redis.keys('soba:cache:*'), []);
  }));
  test('cache: false asks anew, and keeps the new answer', () => withCache(async (client) => {
    await client.run('data.kept', { anew: 1 });
    const second = await client.run('data.kept', { anew: 1 }, { cache: false });
    await sleep(20);
    assert.equal((await client.run('data.kept', { anew: 1 })).run, second.run);
  }));
  test('a stale answer is better than none, where the operation says so', () => withCache(async (client) => {
    const first = await client.run('data.stale', {});
    await client.run('data.brief', {});
    await sleep(250);
    broken = 'INTERNAL';
    assert.equal((await client.run('data.stale', {}, { attempts: 1 })).run, first.run);
    await assert.rejects(client.run('data.brief', {}, { attempts: 1 }), { code: 'INTERNAL' });
    broken = 'INVALID_INPUT';
    await assert.rejects(client.run('data.stale', {}), { code: 'INVALID_INPUT' }, 'what the caller did wrong is said');
  }));
  test('failures are not kept', () => withCache(async (client) => {
    broken = 'INTERNAL';
    await assert.rejects(client.run('data.kept', { fails: 1 }, { attempts: 1 }), { code: 'INTERNAL' });
    broken = undefined;
    assert.ok((await client.run('data.kept', { fails: 1 })).run);
  }));
  test('keys lie in a space of their own, and end by themselves', () => withCache(async (client) => {
    await client.run('data.kept', { key: 1 });
    await eventually(async () => (await stack.server.redis.keys('soba:cache:data.kept:*')).length === 1);
    const [key] = await stack.server.redis.keys('soba:cache:*');
    assert.ok((await stack.server.redis.ttl(key)) <= 60);
  }));
  test('a cache that is away costs little and breaks nothing', async () => {
    const client = createClient({ redisUrl: stack.server.url, cacheUrl: 'redis://127.0.0.1:1', catalog });
    const started = performance.now();
    assert.ok((await client.run('data.kept', { away: 1 })).run);
    assert.ok(performance.now() - started < 2_000);
    await client.close();
  });
});
