/** `/jobs/<queue>:<id>`: look, follow, cancel, replay. */
import { SobaError } from '../errors.js';
import { send } from './http.js';

/** @typedef {import('express').Request} Request */
/** @typedef {import('express').Response} Response */
/** @typedef {import('../client.js').Client} Client */

const HEARTBEAT_MS = 15_000;

/** @param {import('express').Router} router @param {Client} client */
export function mountJobs(router, client) {
  router.get('/failures', async (req, res) => send(res, 200, { failures: await failures(client, req) }));
  router.get('/jobs/:id', async (req, res) => send(res, 200, await client.job(req.params.id)));
  router.delete('/jobs/:id', async (req, res) => send(res, 202, await client.cancel(req.params.id)));
  router.post('/jobs/:id/replay', async (req, res) => {
    const replayed = await client.replay(req.params.id);
    send(res, 202, replayed, { location: `${req.baseUrl}/jobs/${replayed.id}` });
  });
  router.get('/jobs/:id/events', (req, res) => follow(client, req.params.id, res));
}

/**
 * Dead letters: `?queue=fraud&start=0&count=20`, of all queues where none is named.
 * @param {Client} client @param {Request} req
 */
function failures(client, req) {
  const query = new URLSearchParams(req.originalUrl.split('?', 2)[1]);
  const range = { start: wholeNumber(query, 'start', 0), count: wholeNumber(query, 'count', 20) };
  const queue = query.get('queue');
  return queue ? client.jobs.failures(queue, range) : client.jobs.recentFailures(range);
}

/** @param {URLSearchParams} query @param {string} name @param {number} fallback */
function wholeNumber(query, name, fallback) {
  const value = Number(query.get(name) ?? fallback);
  if (!Number.isInteger(value) || value < 0 || value > 1000)
    throw SobaError.invalid([{ path: name, message: 'must be a whole number from 0 to 1000' }]);
  return value;
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
