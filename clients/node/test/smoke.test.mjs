import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from '../index.js';
import { startServer } from './support/server.mjs';
import { standIn } from './support/stand-in.mjs';

/** @type {import('./support/server.mjs').Server} */ let server;
/** @type {Awaited<ReturnType<typeof standIn>>} */ let workers;
before(async () => {
  server = await startServer();
  workers = await standIn({ url: server.url });
});
after(async () => {
  await workers.stop();
  await server.stop();
});

test('a ping on every queue comes back with what was sent', async () => {
  const client = createClient({ redisUrl: server.url });
  for (const service of /** @type {const} */ (['ml', 'nlp', 'fraud', 'data', 'blockchain', 'bulk'])) {
    const answer = await client[service].ping({ echo: { of: service } });
    assert.deepEqual(answer.echo, { of: service });
  }
  await client.close();
});
