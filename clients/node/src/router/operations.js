/** `POST /fraud/assess-risk` and the like: every operation of the catalog, and those that only the workers know. */
import { SobaError } from '../errors.js';
import { bodyOf, send } from './http.js';
import { inputOf } from './query.js';

/** @typedef {import('express').Request} Request */
/** @typedef {import('express').Response} Response */

/**
 * @param {import('../client.js').Client} client
 * @returns {(req: Request, res: Response) => Promise<void>}
 */
export function operationRoute(client) {
  return async (req, res) => {
    const name = `${req.params.domain}.${req.params.operation}`;
    const operation = client.catalog.get(name) ?? (await client.discovery.require(name));
    if (req.method !== operation.method && req.method !== 'POST') {
      res.setHeader('allow', operation.method === 'GET' ? 'GET, POST' : 'POST');
      throw new SobaError('METHOD_NOT_ALLOWED', `${name} takes ${operation.method}, not ${req.method}`);
    }
    const search = req.originalUrl.split('?', 2)[1] ?? '';
    const input = req.method === 'GET' ? inputOf(operation.request, search) : await bodyOf(req, operation.maxBytes);
    if (operation.long || /\brespond-async\b/.test(String(req.headers.prefer))) await accept(client, name, input, req, res);
    else send(res, 200, await client.run(name, input, { ...optionsOf(req, res), signal: goneSignal(res) }));
  };
}

/**
 * 202, and where to follow the job.
 * @param {import('../client.js').Client} client @param {string} name @param {unknown} input
 * @param {Request} req @param {Response} res
 */
async function accept(client, name, input, req, res) {
  const { id } = await client.enqueue(name, input, optionsOf(req, res));
  const location = `${req.baseUrl}/jobs/${id}`;
  const body = { jobId: id, state: 'waiting', requestId: res.locals.requestId, statusUrl: location, eventsUrl: `${location}/events` };
  send(res, 202, body, { location });
}

/** @param {Request} req @param {Response} res @returns {import('../call.js').RunOptions} */
function optionsOf(req, res) {
  return {
    requestId: res.locals.requestId,
    idempotencyKey: keyOf(req),
    deadlineMs: numberOf(req, 'x-deadline-ms', 3_600_000),
    priority: numberOf(req, 'x-priority', 2_097_152),
  };
}

/** @param {Request} req */
function keyOf(req) {
  const key = req.get('idempotency-key');
  if (key !== undefined && !(key.length >= 1 && key.length <= 200))
    throw SobaError.invalid([{ path: 'Idempotency-Key', message: 'must be 1 to 200 characters long' }]);
  return key;
}

/** @param {Request} req @param {string} header @param {number} max */
function numberOf(req, header, max) {
  const text = req.get(header);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw SobaError.invalid([{ path: header, message: `must be a whole number from 1 to ${max}` }]);
  return value;
}

/** Aborts once the caller has gone without an answer. @param {Response} res */
function goneSignal(res) {
  const controller = new AbortController();
  res.once('close', () => res.writableFinished || controller.abort());
  return controller.signal;
}
