/** Requests in, JSON out, on plain Node objects: the same under Express 4, Express 5 and a bare server. */
import { SobaError } from '../errors.js';

/** @typedef {import('express').Request} Request */
/** @typedef {import('express').Response} Response */

/**
 * @param {Response} res @param {number} status @param {unknown} body
 * @param {Record<string, string>} [headers]
 */
export function send(res, status, body, headers = {}) {
  sendText(res, status, JSON.stringify(body), { 'content-type': 'application/json; charset=utf-8', ...headers });
}

/**
 * @param {Response} res @param {number} status @param {string | Buffer} text @param {Record<string, string>} headers
 */
export function sendText(res, status, text, headers) {
  res.writeHead(status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-length': String(Buffer.byteLength(text)),
    ...headers,
  });
  res.end(text);
}

/**
 * The envelope of an error, with the headers that belong to its status.
 * @param {Response} res @param {unknown} thrown
 */
export function sendError(res, thrown) {
  const error = SobaError.from(httpFault(thrown), { requestId: res.locals.requestId });
  if (res.headersSent) return void res.end();
  /** @type {Record<string, string>} */
  const headers = {};
  if (error.retryAfter !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfter)));
  if (error.status === 401) headers['www-authenticate'] = 'Bearer';
  if (error.status === 413) headers.connection = 'close';
  send(res, error.status, { ...error.toJSON(), ...(error.jobId && { jobId: error.jobId }) }, headers);
}

/** What Express and the body parsers of an app throw has a status of its own. @param {unknown} thrown */
function httpFault(thrown) {
  const { status, type, message } = /** @type {any} */ (thrown ?? {});
  if (thrown instanceof SobaError || !(status >= 400 && status < 500)) return thrown;
  return new SobaError(status === 413 || type === 'entity.too.large' ? 'PAYLOAD_TOO_LARGE' : 'INVALID_INPUT', message);
}

/**
 * The JSON body, read here or by a parser of the app's that came first.
 * @param {Request} req @param {number} limit bytes
 * @returns {Promise<unknown>}
 */
export async function bodyOf(req, limit) {
  if (req.body !== undefined && req.readableEnded) return typeof req.body === 'string' ? parsed(req.body) : req.body;
  refuseForeign(req);
  if (Number(req.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  const chunks = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return parsed(Buffer.concat(chunks).toString('utf8'));
}

/** A page of another site can send text/plain with the user's cookies, though never JSON. @param {Request} req */
function refuseForeign(req) {
  const isJson = /[/+]json\b/.test(req.headers['content-type'] ?? '');
  const site = req.headers['sec-fetch-site'] ?? 'none';
  if (!isJson && site !== 'none' && site !== 'same-origin')
    throw SobaError.invalid([{ path: '', message: 'content-type must be application/json' }]);
  if ((req.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw SobaError.invalid([{ path: '', message: 'the body must not be compressed' }]);
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = text.trim() ? `the body is not JSON: ${/** @type {Error} */ (error).message}` : 'the body is empty; send a JSON object';
    throw SobaError.invalid([{ path: '', message }]);
  }
}

/** @param {number} limit */
function tooLarge(limit) {
  return new SobaError('PAYLOAD_TOO_LARGE', `the body is over ${limit} bytes`);
}
