/** A server, a stand-in for the Python side and a client for one test file. */
import { after } from 'node:test';
import { createClient } from '../../index.js';
import { standIn } from './stand-in.mjs';
import { startServer } from './server.mjs';

/**
 * Started at once, stopped after the file's tests.
 * @param {Omit<import('./stand-in.mjs').Options, 'url'>} [options]
 * @param {import('../../src/client.js').ClientOptions} [clientOptions]
 */
export async function startStack(options = {}, clientOptions = {}) {
  const server = await startServer();
  const workers = await standIn({ url: server.url, ...options });
  const client = createClient({ redisUrl: server.url, ...clientOptions });
  const stack = { server, workers, client };
  after(async () => {
    await client.close({ drainMs: 100 });
    await stack.workers.stop();
    await server.stop();
  });
  return stack;
}

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Until it holds, or the time is up.
 * @param {() => unknown} holds @param {number} [limitMs]
 */
export async function eventually(holds, limitMs = 10_000) {
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(20)) if (await holds()) return;
  throw new Error(`not so within ${limitMs} ms: ${holds}`);
}
