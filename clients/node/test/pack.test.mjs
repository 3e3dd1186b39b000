import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { block, consumerProject } from './support/project.mjs';
import { freePort } from './support/server.mjs';
import { eventually, startStack } from './support/stack.mjs';

const stack = await startStack();
const folder = consumerProject();
after(() => rmSync(folder, { recursive: true }));
const installed = join(folder, 'node_modules', '@soba', 'client');
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));

const CONSUMER = `
import { createClient, createHealthMonitor, createRouter, bearer, SobaError } from '@soba/client';
const client = createClient({ redisUrl: 'redis://127.0.0.1', breaker: { threshold: 3 } });
export async function ask(): Promise<string> {
  const { language } = await client.nlp.detectLanguage({ text: 'hello' }, { deadlineMs: 500 });
  const same = await client.run('nlp.detect-language', { text: 'hello' });
  const risk: number = (await client.fraud.assessRisk({ wallet: { address: '0x' } })).score;
  const later = await client.run('data.of-a-later-version', { anything: 1 });
  const many = await client.runBulk('nlp.detect-language', [{ text: 'a' }]);
  for (const answer of many) if (answer instanceof SobaError) throw answer; else answer.confidence.toFixed();
  return language + same.language + risk + later.whatever;
}
// @ts-expect-error text is required
void client.nlp.detectLanguage({});
// @ts-expect-error no such field
void client.run('nlp.detect-language', { text: 'a', nonsense: 1 });
// @ts-expect-error a number, not text
void client.run('nlp.detect-language', { text: 'a' }, { deadlineMs: 'soon' });
// @ts-expect-error no such method
void client.nlp.detectMood({ text: 'a' });
const monitor = createHealthMonitor({ client });
monitor.on('status', ({ service, to }) => console.log(service, to));
createRouter({ client, monitor, authenticate: bearer('key'), rateLimit: { perMinute: 60 } });
// @ts-expect-error authenticate must be said
createRouter({ client });
`;

test('what is packed is what is needed, and no more', () => {
  assert.deepEqual(readdirSync(installed).sort(), ['README.md', 'bin', 'generated', 'index.js', 'package.json', 'src', 'types']);
  for (const file of ['types/index.d.ts', 'types/generated/operations.d.ts', 'src/overview/page/page.html', 'generated/openapi.json'])
    assert.ok(existsSync(join(installed, file)), file);
});

test('a TypeScript consumer sees every type, and every mistake', () => {
  writeFileSync(join(folder, 'consumer.ts'), CONSUMER);
  const options = { target: 'ES2022', module: 'NodeNext', strict: true, noEmit: true, types: ['node'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['consumer.ts'] }));
  try {
    execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  } catch (error) {
    assert.fail(/** @type {any} */ (error).stdout);
  }
});

test('the twenty lines of the quickstart are a backend', async () => {
  const code = block('quickstart.md', 'app');
  assert.ok(code.trim().split('\n').length <= 25);
  writeFileSync(join(folder, 'app.js'), code);
  const port = await freePort();
  const env = { PATH: process.env.PATH, SOBA_REDIS_URL: stack.server.url, SOBA_API_KEY: 'mine', PORT: String(port) };
  const app = spawn(process.execPath, ['app.js'], { cwd: folder, env, stdio: ['ignore', 'inherit', 'inherit'] });
  try {
    const base = `http://127.0.0.1:${port}`;
    await eventually(() => fetch(`${base}/api/python/health`).then(({ ok }) => ok, () => false));
    const headers = { authorization: 'Bearer mine', 'content-type': 'application/json' };
    const reply = await fetch(`${base}/api/python/fraud/ping`, { method: 'POST', headers, body: '{"echo":3}' });
    assert.equal((await reply.json()).echo, 3);
    assert.equal((await fetch(`${base}/api/health/metrics`)).status, 200);
    assert.equal((await fetch(`${base}/api/python/overview`, { headers })).status, 200);
    const order = await fetch(`${base}/orders`, { method: 'POST', headers, body: '{"wallet":{"address":7}}' });
    assert.deepEqual([order.status, (await order.json()).code], [400, 'INVALID_INPUT']);
  } finally {
    app.kill('SIGTERM');
  }
  assert.deepEqual(await once(app, 'exit'), [0, null]);
});
