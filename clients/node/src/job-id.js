/** How a job is named outside its queue, `<queue>:<id>`, and where its state lies in Redis. */
import { createHash, randomUUID } from 'node:crypto';
import { SobaError } from './errors.js';

export const RESULT_TTL = 86_400; // seconds that polling keys live

/** @param {string} queue @param {string} id */
export const refOf = (queue, id) => `${queue}:${id}`;

/** The polling key: Celery's own. @param {string} ref */
export const pollingKey = (ref) => `celery-task-meta-${ref}`;

/**
 * @param {string} ref `<queue>:<id>`
 * @returns {{queue: string, id: string}}
 */
export function parseRef(ref) {
  const colon = ref.indexOf(':');
  if (colon < 1 || colon === ref.length - 1) throw new SobaError('NOT_FOUND', `no job ${ref}; a job is <queue>:<id>`);
  return { queue: ref.slice(0, colon), id: ref.slice(colon + 1) };
}

export const newId = () => randomUUID();

/**
 * The job id of an idempotency key: the same for the same operation and key, and one that BullMQ accepts.
 * @param {string} operation @param {string} key
 */
export const idOfKey = (operation, key) => `key-${digest([operation, key]).slice(0, 40)}`;

/**
 * SHA-256 of a JSON value, the same whatever the order of its keys.
 * @param {unknown} value
 */
export function digest(value) {
  return createHash('sha256').update(JSON.stringify(value, sorted) ?? '').digest('hex');
}

/** @param {string} _key @param {any} value */
function sorted(_key, value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
