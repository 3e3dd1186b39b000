/**
 * One call made ready to be queued: its id, its deadline, its job data and BullMQ's options.
 *
 * @typedef {import('./catalog.js').Operation} Operation
 * @typedef {import('./waiter.js').Progress} Progress
 * @typedef {object} RunOptions
 * @property {number} [deadlineMs] give up after this long; by default the operation's time limit and 5 s of queue
 * @property {string} [idempotencyKey] calls with the same key are one job; another payload is a CONFLICT
 * @property {number} [priority] 1 (first) to 2,097,152; jobs without one go before all of them
 * @property {(progress: Progress) => void} [onProgress]
 * @property {number} [attempts] tries for retryable failures; 3 where the operation may be repeated, else 1
 * @property {string} [requestId] carried into logs, traces and errors
 * @property {AbortSignal} [signal] takes the call back
 * @property {number} [delay] ms before the job may begin
 * @property {boolean} [cache] false asks anew, and keeps the answer
 * @typedef {object} Call
 * @property {Operation} operation
 * @property {unknown} input
 * @property {RunOptions} options
 * @property {string} id
 * @property {string} ref `<queue>:<id>`
 * @property {string} requestId
 * @property {number} deadlineMs
 * @property {number | undefined} deadlineAt epoch ms; undefined for a job that nobody waits for
 */
import { SobaError } from './errors.js';
import { idOfKey, newId, refOf } from './job-id.js';

const QUEUE_PATIENCE_MS = 5_000;
const KEEP_DONE = { age: 3_600, count: 10_000 }; // polling keys outlive them by a day
const KEEP_FAILED = { age: 14 * 86_400, count: 50_000 }; // the dead letters
const BACKOFF = { type: 'exponential', delay: 250, jitter: 0.5 };
const ATTEMPTS = 3;

/**
 * @param {Operation} operation @param {unknown} input @param {RunOptions} options
 * @param {{waits: boolean}} how whether someone waits for the answer, so that there is a deadline in any case
 * @returns {Call}
 */
export function callOf(operation, input, options, { waits }) {
  if (options.signal?.aborted) throw new SobaError('CANCELLED', 'the call was taken back before it was sent');
  const deadlineMs = options.deadlineMs ?? operation.timeLimit * 1000 + QUEUE_PATIENCE_MS + (options.delay ?? 0);
  if (!(deadlineMs > 0)) throw new SobaError('DEADLINE_EXCEEDED', 'the deadline had passed before the call');
  const key = options.idempotencyKey;
  const id = key === undefined ? newId() : idOfKey(operation.name, key);
  const hasDeadline = waits || options.deadlineMs !== undefined;
  return {
    operation,
    input,
    options,
    id,
    ref: refOf(operation.queue, id),
    requestId: options.requestId ?? id,
    deadlineMs,
    deadlineAt: hasDeadline ? Date.now() + Math.ceil(deadlineMs) : undefined,
  };
}

/**
 * The job as BullMQ's `add` and `addBulk` take it.
 * @param {Call} call
 */
export function jobOf({ operation, input, options, id, requestId, deadlineAt }) {
  const attempts = options.attempts ?? (operation.idempotent ? ATTEMPTS : 1);
  /** @type {import('bullmq').JobsOptions} */
  const opts = { jobId: id, attempts, sizeLimit: operation.maxBytes, removeOnComplete: KEEP_DONE, removeOnFail: KEEP_FAILED };
  if (attempts > 1) opts.backoff = BACKOFF;
  if (options.priority !== undefined) opts.priority = options.priority;
  if (options.delay !== undefined) opts.delay = options.delay;
  const data = deadlineAt === undefined ? { input, requestId } : { input, requestId, deadline: deadlineAt };
  return { name: operation.name, data, opts };
}

/**
 * A probe of a service: a job like any other that leaves nothing behind, in front of those that wait.
 * @param {Call} call
 */
export function probeOf(call) {
  const job = jobOf(call);
  return { ...job, opts: { ...job.opts, attempts: 1, lifo: true, removeOnComplete: true, removeOnFail: true } };
}

/**
 * What BullMQ refuses before anything is sent, in our words.
 * @param {unknown} error @param {Call} [call]
 * @returns {SobaError}
 */
export function addFault(error, call) {
  const more = { requestId: call?.requestId, jobId: call?.ref };
  const message = error instanceof Error ? error.message : '';
  if (/exceeds the limit/.test(message)) return new SobaError('PAYLOAD_TOO_LARGE', message, more);
  if (error instanceof TypeError) return new SobaError('INVALID_INPUT', `the input is not JSON: ${message}`, more);
  if (/^Priority should/.test(message)) return SobaError.invalid([{ path: 'priority', message }]);
  return SobaError.from(error, more);
}
