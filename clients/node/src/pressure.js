/**
 * Refuses a call that would wait for longer than it can: OVERLOADED at once is kinder than a time-out later.
 *
 * Each queue's depth is sampled at most four times a second, beside the calls and never before them. Its pace is how
 * fast jobs end, counted over the time that it has been busy.
 */
import { SobaError } from './errors.js';

const SAMPLE_MS = 250;
const MIN_BUSY_MS = 2_000; // before it, the pace is not known
const FEW = 100; // so few jobs are never refused
const WINDOW_MS = 10_000;
const STALE_MS = 2_000; // an older sample refuses nobody

/** @typedef {{depth: number, at: number, busySince: number, ended: number, asking: boolean}} Gauge */

export class Pressure {
  /** @param {import('./lanes.js').Lanes} lanes @param {{maxWaiting?: number}} [options] */
  constructor(lanes, { maxWaiting = 100_000 } = {}) {
    this.lanes = lanes;
    this.maxWaiting = maxWaiting;
    /** @type {Map<string, Gauge>} */
    this.gauges = new Map();
  }

  /**
   * @param {string} queue
   * @param {number} [deadlineMs] how long the caller can wait
   */
  check(queue, deadlineMs = Infinity) {
    const gauge = this.#gauge(queue);
    const now = Date.now();
    if (now - gauge.at > SAMPLE_MS && !gauge.asking) void this.#sample(queue, gauge);
    if (gauge.depth < FEW || now - gauge.at > STALE_MS) return;
    const wait = this.#expectedWait(gauge, now);
    if (gauge.depth >= this.maxWaiting || wait > deadlineMs) throw overloaded(queue, gauge.depth, wait);
  }

  /** A job of this queue has ended, whoever sent it. @param {string} queue */
  ended(queue) {
    this.#gauge(queue).ended += 1;
  }

  /** @param {string} queue */
  #gauge(queue) {
    let gauge = this.gauges.get(queue);
    if (!gauge) this.gauges.set(queue, (gauge = { depth: 0, at: 0, busySince: 0, ended: 0, asking: false }));
    return gauge;
  }

  /** @param {Gauge} gauge @param {number} now @returns {number} ms */
  #expectedWait({ depth, busySince, ended }, now) {
    const busy = now - busySince;
    if (!busySince || busy < MIN_BUSY_MS) return 0;
    return (depth * busy) / Math.max(ended, 1);
  }

  /** @param {string} queue @param {Gauge} gauge */
  async #sample(queue, gauge) {
    gauge.asking = true;
    try {
      const { redis } = this.lanes;
      const asked = redis.pipeline().llen(this.lanes.key(queue, 'wait')).zcard(this.lanes.key(queue, 'prioritized'));
      const [[, waiting], [, prioritized]] = /** @type {[any, number][]} */ (await asked.exec());
      this.#note(gauge, Number(waiting ?? 0) + Number(prioritized ?? 0), Date.now());
    } catch (error) {
      this.lanes.onError(/** @type {Error} */ (error));
    } finally {
      gauge.asking = false;
    }
  }

  /** @param {Gauge} gauge @param {number} depth @param {number} now */
  #note(gauge, depth, now) {
    gauge.depth = depth;
    gauge.at = now;
    if (depth === 0 || !gauge.busySince) {
      gauge.busySince = depth === 0 ? 0 : now;
      gauge.ended = 0;
    } else if (now - gauge.busySince > WINDOW_MS) {
      gauge.busySince += WINDOW_MS / 2; // forget the older half
      gauge.ended /= 2;
    }
  }
}

/** @param {string} queue @param {number} depth @param {number} wait ms */
function overloaded(queue, depth, wait) {
  const seconds = Math.max(1, Math.ceil(wait / 1000));
  return new SobaError('OVERLOADED', `${depth} jobs wait in ${queue}, about ${seconds} s of work`, {
    retryAfter: Math.min(seconds, 60),
  });
}
