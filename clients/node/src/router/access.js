/** Who may call, and how often. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { SobaError } from '../errors.js';

/**
 * @typedef {import('express').Request} Request
 * @typedef {(req: Request) => unknown} Authenticate truthy (or a promise of it) lets the request pass
 * @typedef {{perMinute: number, burst?: number, key?: (req: Request) => string}} RateLimit
 */
const MAX_CALLERS = 100_000; // the one who has been silent for longest is forgotten first

/**
 * `Authorization: Bearer <key>`, compared in constant time.
 * @param {string} key
 * @returns {Authenticate}
 */
export function bearer(key) {
  if (!key) throw new TypeError('bearer needs a key that is not empty');
  const wanted = hash(key);
  return (req) => {
    const [scheme, given] = (req.headers.authorization ?? '').split(' ', 2);
    return scheme.toLowerCase() === 'bearer' && given !== undefined && timingSafeEqual(hash(given), wanted);
  };
}

/** @param {string} text */
const hash = (text) => createHash('sha256').update(text).digest();

/**
 * A token bucket for each caller, in this process.
 * @param {RateLimit} options `key` says who calls: by default the Authorization header, else the address
 */
export function rateLimiter({ perMinute, burst = perMinute, key = callerOf }) {
  /** @type {Map<string, {tokens: number, at: number}>} */
  const buckets = new Map();
  return (/** @type {Request} */ req) => {
    const now = Date.now();
    const caller = key(req);
    const before = buckets.get(caller) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, before.tokens + ((now - before.at) * perMinute) / 60_000);
    buckets.delete(caller);
    buckets.set(caller, { tokens: Math.max(0, tokens - 1), at: now });
    if (buckets.size > MAX_CALLERS) buckets.delete(String(buckets.keys().next().value));
    if (tokens < 1)
      throw new SobaError('RATE_LIMITED', `more than ${perMinute} requests a minute`, {
        retryAfter: Math.ceil(((1 - tokens) * 60) / perMinute),
      });
  };
}

/** @param {Request} req */
function callerOf(req) {
  return req.headers.authorization ?? req.socket.remoteAddress ?? '';
}
