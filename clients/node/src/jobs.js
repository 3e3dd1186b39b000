/** Jobs by their name `<queue>:<id>`: look, cancel, replay, dead letters. */
import { SERVICES, isService } from './catalog.js';
import { SobaError } from './errors.js';
import { RESULT_TTL, parseRef, pollingKey, refOf } from './job-id.js';
import { storedOutcome } from './outcome.js';

/**
 * @typedef {object} JobReport
 * @property {string} id `<queue>:<id>`
 * @property {string} queue
 * @property {string | null} operation null where only the stored result is left
 * @property {string} state completed, failed, active, waiting, delayed or prioritized
 * @property {any} [progress]
 * @property {any} [result]
 * @property {import('./errors.js').Envelope} [failure]
 * @property {number} [attempts] tries begun so far
 * @property {number} [createdAt] epoch ms, as the two below
 * @property {number} [startedAt]
 * @property {number} [finishedAt]
 */
const CANCEL_TTL = 3600;
const MAX_FAILURES = 1000;

export class Jobs {
  /** @param {import('./lanes.js').Lanes} lanes */
  constructor(lanes) {
    this.lanes = lanes;
  }

  /**
   * The job's BullMQ form and state; NOT_FOUND where there is neither job nor stored result.
   * @param {string} ref
   * @returns {Promise<JobReport>}
   */
  async report(ref) {
    const { queue, id } = this.parse(ref);
    const job = await this.#job(ref);
    if (!job) return this.#stored(ref, queue);
    const state = await job.getState();
    if (state === 'unknown') return this.#stored(ref, queue);
    return described(refOf(queue, id), job, state);
  }

  /**
   * Remove it where it waits, revoke it where it runs; CONFLICT where it is over.
   * @param {string} ref
   * @returns {Promise<{id: string, state: 'cancelled' | 'cancelling'}>} cancelling: it ends within seconds
   */
  async cancel(ref) {
    const { queue, id } = this.parse(ref);
    const job = await this.#job(ref);
    const state = job ? await job.getState() : 'unknown';
    if (!job || state === 'unknown') return this.#refuseOver(ref, await this.#stored(ref, queue));
    if (state === 'completed' || state === 'failed') return this.#refuseOver(ref, { state });
    if (state !== 'active' && (await this.#removed(job))) {
      const error = new SobaError('CANCELLED', 'the job was cancelled before it began', {
        jobId: ref,
        requestId: job.data?.requestId,
      });
      const meta = { status: 'FAILURE', result: error.toJSON(), task_id: ref, traceback: null, children: [] };
      await this.lanes.redis.set(pollingKey(ref), JSON.stringify(meta), 'EX', RESULT_TTL);
      this.lanes.of(queue).waiter.fail(id, error);
      return { id: ref, state: 'cancelled' };
    }
    const revoke = this.lanes.redis.multi().set(`soba:cancel:${ref}`, 1, 'EX', CANCEL_TTL);
    await revoke.publish('soba:cancel', ref).exec();
    return { id: ref, state: 'cancelling' };
  }

  /**
   * Run a failed job again, with its attempts and without its old deadline.
   * @param {string} ref
   * @returns {Promise<{id: string, state: 'waiting'}>}
   */
  async replay(ref) {
    const { queue } = this.parse(ref);
    const job = await this.#job(ref);
    if (!job) {
      const stored = await this.#stored(ref, queue);
      throw new SobaError('CONFLICT', `${ref} is ${stored.state} and no longer in its queue; send it anew`, { jobId: ref });
    }
    const state = await job.getState();
    if (state !== 'failed') throw new SobaError('CONFLICT', `${ref} is ${state}; only a failed job can be replayed`, { jobId: ref });
    const { deadline, ...data } = job.data ?? {};
    if (deadline !== undefined) await job.updateData(data);
    await this.lanes.redis.del(pollingKey(ref), `soba:cancel:${ref}`); // a stored result would stand for the new one
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
    return { id: ref, state: 'waiting' };
  }

  /**
   * The dead letters of a queue, newest first.
   * @param {string} queue
   * @param {{start?: number, count?: number}} [range]
   * @returns {Promise<JobReport[]>}
   */
  async failures(queue, { start = 0, count = 20 } = {}) {
    if (!isService(queue)) throw new SobaError('NOT_FOUND', `no queue ${queue}`);
    const jobs = await this.lanes.of(queue).queue.getFailed(start, start + Math.min(count, MAX_FAILURES) - 1);
    return jobs.filter(Boolean).map((job) => described(refOf(queue, String(job.id)), job, 'failed'));
  }

  /**
   * The dead letters of all queues together, newest first.
   * @param {{start?: number, count?: number}} [range]
   */
  async recentFailures({ start = 0, count = 20 } = {}) {
    const found = await Promise.all(SERVICES.map((queue) => this.failures(queue, { count: start + count })));
    const sorted = found.flat().sort((a, b) => (b.finishedAt ?? 0) - (a.finishedAt ?? 0));
    return sorted.slice(start, start + count);
  }

  /**
   * Queue and id of a reference; NOT_FOUND where there can be no such job.
   * @param {string} ref
   */
  parse(ref) {
    const parsed = parseRef(ref);
    if (!isService(parsed.queue)) throw new SobaError('NOT_FOUND', `no job ${ref}`);
    return parsed;
  }

  /** @param {string} ref */
  #job(ref) {
    const { queue, id } = parseRef(ref);
    return this.lanes.of(queue).queue.getJob(id);
  }

  /** @param {import('bullmq').Job} job */
  async #removed(job) {
    try {
      await job.remove();
      return true;
    } catch (error) {
      if ((await job.getState()) === 'active') return false; // it began in between
      throw error;
    }
  }

  /** @param {string} ref @param {{state: string}} found @returns {never} */
  #refuseOver(ref, { state }) {
    throw new SobaError('CONFLICT', `${ref} is ${state}; there is nothing to cancel`, { jobId: ref });
  }

  /** @param {string} ref @param {string} queue @returns {Promise<JobReport>} */
  async #stored(ref, queue) {
    const outcome = storedOutcome(await this.lanes.redis.get(pollingKey(ref)));
    if (!outcome) throw new SobaError('NOT_FOUND', `no job ${ref}`, { jobId: ref });
    const report = { id: ref, queue, operation: null, state: outcome.kind };
    if (outcome.kind === 'completed') return { ...report, result: outcome.result };
    return { ...report, failure: SobaError.fromFailure(outcome.reason).toJSON() };
  }
}

/**
 * @param {string} ref @param {import('bullmq').Job} job @param {string} state
 * @returns {JobReport}
 */
function described(ref, job, state) {
  /** @type {JobReport} */
  const report = {
    id: ref,
    queue: job.queueName,
    operation: job.name,
    state,
    attempts: job.attemptsMade,
    createdAt: job.timestamp,
    startedAt: job.processedOn,
    finishedAt: job.finishedOn,
  };
  if (job.progress && typeof job.progress === 'object') report.progress = job.progress;
  if (state === 'completed') report.result = job.returnvalue;
  if (state === 'failed') report.failure = SobaError.fromFailure(job.failedReason, { requestId: job.data?.requestId }).toJSON();
  return report;
}
