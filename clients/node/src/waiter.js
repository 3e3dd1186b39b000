/**
 * Waits for the jobs of one queue: one QueueEvents, a table of who waits, and a sweep that asks for the state itself.
 *
 * Events alone are not enough: BullMQ's stream holds some 10,000 of them, connections break, and a reader sees nothing
 * from before its first read. So the reader begins at an id read before the first job is added, waiting begins before
 * the job is added, every wait has a deadline of its own, and what no event has ended is looked up.
 *
 * @typedef {{done: number, total: number, stage: string, message: string}} Progress
 * @typedef {object} Wait
 * @property {Promise<any>} promise
 * @property {(mayBeOver?: boolean) => void} placed to be called once the job is in its queue
 * @property {(error: SobaError) => void} drop ends the wait with this error
 * @typedef {object} Entry
 * @property {(result: any) => void} resolve
 * @property {(error: SobaError) => void} reject
 * @property {((progress: Progress) => void) | undefined} onProgress
 * @property {NodeJS.Timeout | undefined} timer
 * @property {number} checkAt when the sweep looks next, epoch ms; never before the job was added
 * @property {number} checks how often it has looked
 * @property {boolean} missed whether the last look found nothing
 */
import { QueueEvents } from 'bullmq';
import { SobaError } from './errors.js';
import { refOf } from './job-id.js';
import { outcomesOf } from './outcome.js';
import { CLOSE_MS, atMost } from './patience.js';

/** @typedef {import('ioredis').Redis} Redis */

const SWEEP_MS = 500;
const FIRST_CHECK_MS = 2_000;
const MAX_CHECK_MS = 10_000;
const BATCH = 500;

export class Waiter {
  /**
   * @param {{queue: string, prefix: string, redis: Redis, onError: (error: Error) => void,
   *   onEnded: () => void}} options
   */
  constructor({ queue, prefix, redis, onError, onEnded }) {
    this.queue = queue;
    this.prefix = prefix;
    this.redis = redis;
    this.onError = onError;
    this.onEnded = onEnded;
    /** @type {Map<string, Set<Entry>>} */
    this.pending = new Map();
    /** @type {QueueEvents | undefined} */
    this.events = undefined;
    /** @type {Redis | undefined} */
    this.connection = undefined;
    /** @type {Promise<void> | undefined} */
    this.opening = undefined;
    /** @type {NodeJS.Timeout | undefined} */
    this.sweeper = undefined;
    this.sweeping = false;
    this.closed = false;
  }

  /** How many waits are open. */
  get size() {
    let size = 0;
    for (const entries of this.pending.values()) size += entries.size;
    return size;
  }

  /**
   * Wait for a job that may not have been added yet: await `ready()`, add it, then call `placed()`.
   * @param {string} id
   * @param {{deadlineAt?: number, onProgress?: (progress: Progress) => void, late?: () => SobaError}} [options]
   *   `late` makes the error with which the wait ends at `deadlineAt` (epoch ms)
   * @returns {Wait}
   */
  expect(id, { deadlineAt, onProgress, late } = {}) {
    /** @type {Entry} */
    const entry = /** @type {any} */ ({ onProgress, timer: undefined, checkAt: Infinity, checks: 0, missed: false });
    const promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
    const entries = this.pending.get(id);
    if (entries) entries.add(entry);
    else this.pending.set(id, new Set([entry]));
    const drop = (/** @type {SobaError} */ error) => this.#drop(id, entry, error);
    if (deadlineAt !== undefined && late)
      entry.timer = setTimeout(() => drop(late()), Math.max(0, Math.min(deadlineAt - Date.now(), 2 ** 31 - 1)));
    const placed = (mayBeOver = false) => {
      entry.checkAt = mayBeOver ? 0 : Date.now() + FIRST_CHECK_MS;
      if (mayBeOver) void this.#look([id]).catch(this.onError);
    };
    return { promise, placed, drop };
  }

  /** Resolves once events cannot be missed any more. */
  ready() {
    this.opening ??= this.#open().catch((error) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  async #open() {
    this.sweeper ??= setInterval(() => void this.#sweep(), SWEEP_MS).unref();
    const [last] = await this.redis.xrevrange(`${this.prefix}:${this.queue}:events`, '+', '-', 'COUNT', 1);
    if (this.closed) throw new SobaError('UNAVAILABLE', 'the client is closed');
    this.connection = this.redis.duplicate({ maxRetriesPerRequest: null, socketTimeout: 30_000 });
    this.connection.on('error', this.onError);
    this.events = new QueueEvents(this.queue, {
      connection: this.connection,
      prefix: this.prefix,
      lastEventId: last?.[0] ?? '0-0',
    });
    this.events.on('error', this.onError);
    this.events.on('completed', ({ jobId, returnvalue }) => {
      this.onEnded();
      this.#succeed(jobId, returnvalue);
    });
    this.events.on('failed', ({ jobId, failedReason }) => {
      this.onEnded();
      this.fail(jobId, this.#failure(jobId, failedReason));
    });
    this.events.on('progress', ({ jobId, data }) => this.#progress(jobId, data));
    this.events.on('removed', ({ jobId }) => this.#lookSoon(jobId));
  }

  /** @param {string} id @param {any} result */
  #succeed(id, result) {
    for (const entry of this.#take(id)) entry.resolve(result);
  }

  /**
   * End every wait for this job.
   * @param {string} id @param {SobaError} error
   */
  fail(id, error) {
    for (const entry of this.#take(id)) entry.reject(error);
  }

  /** @param {string} id @returns {Iterable<Entry>} */
  #take(id) {
    const entries = this.pending.get(id);
    if (!entries) return [];
    this.pending.delete(id);
    for (const entry of entries) clearTimeout(entry.timer);
    return entries;
  }

  /** @param {string} id @param {Entry} entry @param {SobaError} error */
  #drop(id, entry, error) {
    const entries = this.pending.get(id);
    if (!entries?.delete(entry)) return;
    if (!entries.size) this.pending.delete(id);
    clearTimeout(entry.timer);
    entry.reject(error);
  }

  /** @param {string} id @param {any} data */
  #progress(id, data) {
    for (const entry of this.pending.get(id) ?? []) {
      try {
        entry.onProgress?.(data);
      } catch (error) {
        this.onError(/** @type {Error} */ (error));
      }
    }
  }

  /** @param {string} id */
  #lookSoon(id) {
    for (const entry of this.pending.get(id) ?? []) if (entry.checkAt < Infinity) entry.checkAt = 0;
  }

  /** @param {string} id @param {unknown} reason */
  #failure(id, reason) {
    return SobaError.fromFailure(reason, { jobId: refOf(this.queue, id) });
  }

  /** Ask Redis about every job that has been silent for long enough; longer from time to time. */
  async #sweep() {
    if (this.sweeping || this.closed) return;
    this.sweeping = true;
    try {
      this.#revive();
      const due = this.#due(Date.now());
      for (let start = 0; start < due.length; start += BATCH) await this.#look(due.slice(start, start + BATCH));
    } catch (error) {
      this.onError(/** @type {Error} */ (error));
    } finally {
      this.sweeping = false;
    }
  }

  /** QueueEvents stops reading for good at an event that it cannot parse; set it going again behind it. */
  #revive() {
    const events = /** @type {any} */ (this.events);
    if (!events || events.running || events.closing) return;
    events.opts.lastEventId = '$';
    events.run().catch(this.onError);
  }

  /** @param {number} now */
  #due(now) {
    /** @type {string[]} */
    const due = [];
    for (const [id, entries] of this.pending)
      for (const entry of entries)
        if (entry.checkAt <= now) {
          entry.checks += 1;
          entry.checkAt = now + Math.min(FIRST_CHECK_MS * 1.5 ** entry.checks, MAX_CHECK_MS);
          if (due.at(-1) !== id) due.push(id);
        }
    return due;
  }

  /** @param {string[]} ids */
  async #look(ids) {
    const outcomes = await outcomesOf(this.redis, this.prefix, this.queue, ids);
    for (const [index, id] of ids.entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind === 'completed') this.#succeed(id, outcome.result);
      else if (outcome?.kind === 'failed') this.fail(id, this.#failure(id, outcome.reason));
      else if (outcome?.kind === 'missing') this.#miss(id);
    }
  }

  /** The job is nowhere: it was taken away, if the next look finds it nowhere too. @param {string} id */
  #miss(id) {
    for (const entry of [...(this.pending.get(id) ?? [])]) {
      if (entry.missed) {
        const gone = new SobaError('CANCELLED', 'the job was removed from its queue', { jobId: refOf(this.queue, id) });
        this.#drop(id, entry, gone);
      }
      entry.missed = true;
    }
  }

  /** End every wait with this error, and the connection with them. @param {SobaError} error */
  async close(error) {
    this.closed = true;
    clearInterval(this.sweeper);
    for (const id of [...this.pending.keys()]) this.fail(id, error);
    await atMost(this.opening, CLOSE_MS);
    await atMost(this.events?.close(), CLOSE_MS);
    this.connection?.disconnect();
  }
}
