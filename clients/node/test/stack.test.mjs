import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Catalog, SobaError, createClient, createHealthMonitor } from '../index.js';
import { blocks } from './support/project.mjs';
import { ROOT, startReal } from './support/real.mjs';
import { eventually, sleep } from './support/stack.mjs';

const LONG = 'ml.train'; // runs for seconds, with progress
const stack = await startReal('the-key-of-the-test');
after(() => stack.stop());
const client = createClient({ redisUrl: stack.run.redisUrl });
after(() => client.close({ drainMs: 100 }));
const catalog = Catalog.packaged();
const ajv = new Ajv2020({ strict: false, validateFormats: false });

/** @param {string} method @param {string} path @param {unknown} [body] */
async function ask(method, path, body) {
  const headers = { authorization: `Bearer ${stack.key}`, 'content-type': 'application/json' };
  const reply = await fetch(stack.run.gatewayUrl + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  return { status: reply.status, headers: reply.headers, body: /** @type {any} */ (await reply.json()) };
}

test('workers and package speak of the same schemas, and every service is healthy', async () => {
  const health = async () => (await ask('GET', '/api/python/health')).body;
  const isKnown = async () => {
    const { status, contract } = await health();
    return status === 'healthy' && contract.onlyClient.length === 0 && contract.status !== 'unknown';
  };
  await eventually(isKnown, 30_000);
  const { contract } = await health();
  assert.deepEqual([contract.status, contract.onlyWorkers], ['same', []]);
});

describe('every operation, by its example', () => {
  for (const { name, method, path, long, examples, result } of catalog.operations.values())
    if (name !== LONG)
      test(`${name}: REST, and a result that fits its schema`, { timeout: 90_000 }, async () => {
        const query = new URLSearchParams();
        for (const [key, value] of Object.entries(examples[0])) query.set(key, typeof value === 'string' ? value : JSON.stringify(value));
        const reply = await (method === 'GET' ? ask('GET', `/api/python${path}?${query}`) : ask('POST', `/api/python${path}`, examples[0]));
        assert.equal(reply.status, long ? 202 : 200, JSON.stringify(reply.body).slice(0, 300));
        const answer = long ? await client.wait(reply.body.jobId, { deadlineMs: 60_000 }) : reply.body;
        const check = ajv.compile(result);
        assert.ok(check(answer), JSON.stringify(check.errors?.slice(0, 3)));
      });
});

test('long work reports progress, and is cancelled within five seconds', { timeout: 60_000 }, async () => {
  const { body } = await ask('POST', `/api/python${catalog.get(LONG)?.path}`, catalog.get(LONG)?.examples[0]);
  /** @type {any[]} */ const steps = [];
  const ended = client.wait(body.jobId, { deadlineMs: 50_000, onProgress: (progress) => steps.push(progress) }).catch((error) => error);
  await eventually(() => steps.length > 0, 40_000);
  const asked = Date.now();
  assert.equal((await ask('DELETE', `/api/python/jobs/${body.jobId}`)).status, 202);
  assert.equal((await ended).code, 'CANCELLED');
  assert.ok(Date.now() - asked < 5_000);
  assert.deepEqual(Object.keys(steps[0]).sort(), ['done', 'message', 'stage', 'total']);
});

test('a plain BullMQ producer gets the same answer, and its failures the same envelope', async () => {
  const redis = new Redis(stack.run.redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue('nlp', { connection: redis });
  const [good, bad] = await queue.addBulk([
    { name: 'nlp.detect-language', data: { input: { text: 'Conecta tu billetera para intercambiar tokens' } } },
    { name: 'nlp.detect-language', data: { input: { nonsense: 1 }, requestId: 'plain-1' } },
  ]);
  assert.equal((await client.wait(`nlp:${good.id}`, { deadlineMs: 10_000 })).language, 'es');
  const error = await client.wait(`nlp:${bad.id}`, { deadlineMs: 10_000 }).catch((fault) => fault);
  assert.deepEqual([error.code, error.requestId, error.retryable], ['INVALID_INPUT', 'plain-1', false]);
  await queue.close();
  redis.disconnect();
});

test('five hundred at once, a bad one among them', async () => {
  const inputs = Array.from({ length: 500 }, (_, i) => ({ echo: i }));
  const answers = await client.runBulk('data.ping', inputs, { deadlineMs: 30_000 });
  assert.deepEqual(answers.map((answer) => (answer instanceof SobaError ? answer.code : answer.echo)), inputs.map(({ echo }) => echo));
});

test('the workers of a domain are killed under load: nothing hangs, the circuit opens, the service comes back', { timeout: 120_000 }, async (t) => {
  const user = createClient({ redisUrl: stack.run.redisUrl, breaker: { threshold: 5 } });
  const monitor = createHealthMonitor({ client: user, retryMs: 1_000 });
  /** @type {Map<string, number>} */ const codes = new Map();
  let worst = 0;
  let running = true;
  const lane = async () => {
    while (running) {
      const started = performance.now();
      const code = await user.blockchain.ping({ echo: 1 }, { deadlineMs: 1_000 }).then(() => 'OK', (error) => error.code);
      worst = Math.max(worst, performance.now() - started);
      codes.set(code, (codes.get(code) ?? 0) + 1);
      await sleep(20);
    }
  };
  t.after(async () => {
    running = false;
    monitor.stop();
    await user.close({ drainMs: 100 });
  });
  const load = [lane(), lane(), lane(), lane()];
  await eventually(() => Number(codes.get('OK')) > 20);
  let killed = 0;
  const killsEach = () => {
    const pid = Number(stack.pid('worker-blockchain'));
    if (pid !== killed) process.kill(pid, 'SIGKILL'); // one alone is back before five calls have failed
    killed = pid;
    return user.breakers.blockchain.state === 'open';
  };
  await eventually(killsEach, 20_000);
  await eventually(() => Number(codes.get('CIRCUIT_OPEN')) > 0, 5_000);
  await eventually(() => Number(stack.pid('worker-blockchain')) !== killed, 30_000);
  await eventually(() => user.breakers.blockchain.state === 'closed', 60_000);
  const fine = Number(codes.get('OK'));
  await eventually(() => Number(codes.get('OK')) > fine + 20);
  running = false;
  await Promise.all(load);
  assert.ok(Number(codes.get('DEADLINE_EXCEEDED')) <= 5 + load.length, `${codes.get('DEADLINE_EXCEEDED')} time-outs before the circuit opened`);
  assert.ok(worst < 2_000, `a call took ${worst} ms with a deadline of 1000 ms`);
});

describe('docs/integration.md', () => {
  const env = { PATH: process.env.PATH, GATEWAY: stack.run.gatewayUrl, SOBA_API_KEY: stack.key };
  for (const code of blocks('integration.md', 'sh'))
    test(code.split('\n')[0].slice(0, 90), { timeout: 90_000 }, async () => {
      const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', code], { cwd: ROOT, env, maxBuffer: 64e6 });
      assert.ok(stdout.length > 2);
    });
});
