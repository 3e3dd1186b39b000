/** A server, a stand-in for the Python side and a client for one test file. */
import { after, before } from 'node:test';
import { createClient } from '../../index.js';
import { standIn } from './stand-in.mjs';
import { startServer } from './server.mjs';

/** @typedef {Awaited<ReturnType<typeof standIn>>} StandIn */

/**
 * Started before the file's tests, stopped after them.
 * @param {Omit<import('./stand-in.mjs').Options, 'url'>} [workers]
 * @param {import('../../src/client.js').ClientOptions} [options]
 */
export function withStack(workers = {}, options = {}) {
  const stack = /** @type {{server: import('./server.mjs').Server, workers: StandIn, client: ReturnType<typeof createClient>}} */ ({});
  before(async () => {
    stack.server = await startServer();
    stack.workers = await standIn({ url: stack.server.url, ...workers });
    stack.client = createClient({ redisUrl: stack.server.url, ...options });
  });
  after(async () => {
    await stack.client.close({ drainMs: 100 });
    await stack.workers.stop();
    await stack.server.stop();
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
