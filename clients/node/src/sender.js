/** Puts calls into their queues and waits for them: the last step of every call. */
import { addFault, jobOf } from './call.js';
import { SobaError } from './errors.js';
import { claim } from './idempotency.js';

/** @typedef {import('./call.js').Call} Call */
/** @typedef {ReturnType<typeof jobOf>} Job */

const BULK_CHUNK = 500;

export class Sender {
  /** @param {import('./lanes.js').Lanes} lanes @param {import('./jobs.js').Jobs} jobs */
  constructor(lanes, jobs) {
    this.lanes = lanes;
    this.jobs = jobs;
  }

  /**
   * Add the job and wait for its answer; whatever Redis does, the wait ends at the deadline.
   * @param {Call} call @param {Job} [job] where it is not the usual one
   * @returns {Promise<any>}
   */
  send(call, job) {
    const wait = this.expect(call);
    this.add(call, job).then(wait.placed, wait.drop);
    return wait.promise;
  }

  /** A wait for a job that is not added yet. @param {Call} call */
  expect({ operation, id, ref, requestId, deadlineMs, deadlineAt, options }) {
    const late = () =>
      this.lanes.isReachable
        ? new SobaError('DEADLINE_EXCEEDED', `${operation.name} gave no answer in ${deadlineMs} ms`, { jobId: ref, requestId })
        : new SobaError('UNAVAILABLE', 'Redis cannot be reached', { jobId: ref, requestId });
    return this.lanes.of(operation.queue).waiter.expect(id, { deadlineAt, onProgress: options.onProgress, late });
  }

  /**
   * @param {Call} call @param {Job} [job]
   * @returns {Promise<boolean>} whether the job may be over already
   */
  async add(call, job) {
    const { queue, waiter } = this.lanes.of(call.operation.queue);
    try {
      await waiter.ready();
      const hasKey = call.options.idempotencyKey !== undefined;
      const found = hasKey ? await claim(this.lanes.redis, call.ref, call.input) : 'free';
      if (found === 'failed') await this.#replay(call.ref);
      if (found !== 'free') return true;
      const { name, data, opts } = job ?? jobOf(call);
      await queue.add(name, data, opts);
      return hasKey;
    } catch (error) {
      throw addFault(error, call);
    }
  }

  /** Another call with the same key may have been first; then its job is the one to wait for. @param {string} ref */
  async #replay(ref) {
    await this.jobs.replay(ref).catch((error) => {
      if (error.code !== 'CONFLICT') throw error;
    });
  }

  /** @param {Call[]} calls */
  async addAll(calls) {
    const keyed = calls.filter(({ options }) => options.idempotencyKey !== undefined);
    const free = calls.filter(({ options }) => options.idempotencyKey === undefined);
    await Promise.all(keyed.map((call) => this.add(call)));
    for (const name of new Set(free.map(({ operation }) => operation.queue))) {
      const { queue, waiter } = this.lanes.of(name);
      const jobs = free.filter(({ operation }) => operation.queue === name).map((call) => jobOf(call));
      await waiter.ready();
      for (let start = 0; start < jobs.length; start += BULK_CHUNK) await queue.addBulk(jobs.slice(start, start + BULK_CHUNK));
    }
  }
}
