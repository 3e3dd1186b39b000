/** `/jobs/<queue>:<id>`: look, follow, cancel, replay. */
import { SERVICES } from '../catalog.js';
import { SobaError } from '../errors.js';
import { send } from './http.js';

/** @typedef {import('express').Request} Request */
/** @typedef {import('express').Response} Response */
/** @typedef {import('../client.js').Client} Client */

const HEARTBEAT_MS = 15_000;

/** @param {import('express').Router} router @param {Client} client */
export function mountJobs(router, client) {
  router.get('/jobs', async (req, res) => send(res, 200, { failures: await failures(client, req) }));
  router.get('/jobs/:id', async (req, res) => send(res, 200, await client.job(req.params.id)));
  router.delete('/jobs/:id', async (req, res) => send(res, 202, await client.cancel(req.params.id)));
  router.post('/jobs/:id/replay', async (req, res) => {
    const replayed = await client.replay(req.params.id);
    send(res, 202, replayed, { location: `${req.baseUrl}/jobs/${replayed.id}` });
  });
  router.get('/jobs/:id/events', (req, res) => follow(client, req.params.id, res));
}

/**
 * Dead letters: `?state=failed&queue=fraud&start=0&count=20`, of all queues where none is named.
 * @param {Client} client @param {Request} req
 */
async function failures(client, req) {
  const query = new URL(req.originalUrl, 'http://gateway').searchParams;
  const range = { start: Number(query.get('start') ?? 0) || 0, count: Number(query.get('count') ?? 20) || 20 };
  const queue = query.get('queue');
  const found = await Promise.all((queue ? [queue] : SERVICES).map((name) => client.jobs.failures(name, range)));
  return found.flat().sort((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0)).slice(0, range.count);
}

/**
 * Server-sent events: `state` at once, `progress` as it comes, then `completed` or `failed`, and the stream ends.
 * @param {Client} client @param {string} ref @param {Response} res
 */
async function follow(client, ref, res) {
  const report = await client.job(ref);
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  const emit = (/** @type {string} */ event, /** @type {unknown} */ data) =>
    void res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const gone = new AbortController();
  const heartbeat = setInterval(() => res.write(': still here\n\n'), HEARTBEAT_MS);
  res.once('close', () => gone.abort());
  emit('state', report);
  try {
    const result = await client.wait(ref, { signal: gone.signal, onProgress: (progress) => emit('progress', progress) });
    emit('completed', { id: ref, state: 'completed', result });
  } catch (error) {
    emit('failed', { id: ref, state: 'failed', failure: SobaError.from(error) });
  } finally {
    clearInterval(heartbeat);
    res.end();
  }
}
