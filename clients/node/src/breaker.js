/**
 * One circuit breaker a service: after so many failures in a row it answers CIRCUIT_OPEN at once, and after a pause
 * lets one call through to see whether the service is back.
 *
 * Only failures of the service count: what the caller did wrong, took back or sent too fast says nothing about it.
 *
 * @typedef {'closed' | 'open' | 'half-open'} BreakerState
 * @typedef {{service: string, from: BreakerState, to: BreakerState, reason: string}} BreakerChange
 */
import { SobaError } from './errors.js';

const MIN_TELLING_MS = 200; // a deadline below this says more about the caller than about the service
const COUNTED = new Set(['INTERNAL', 'TIMEOUT', 'DEADLINE_EXCEEDED', 'UNAVAILABLE']);

export class Breaker {
  /**
   * @param {string} service
   * @param {{threshold?: number, resetMs?: number, onChange?: (change: BreakerChange) => void}} [options]
   *   failures in a row that open it (5); how long it stays open (60 s)
   */
  constructor(service, { threshold = 5, resetMs = 60_000, onChange = () => {} } = {}) {
    this.service = service;
    this.threshold = threshold;
    this.resetMs = resetMs;
    this.onChange = onChange;
    /** @type {BreakerState} */
    this.state = 'closed';
    this.failures = 0;
    this.openedAt = 0;
    this.probing = false;
    /** @type {string | null} */
    this.lastFailure = null;
  }

  /**
   * Run the call, or throw CIRCUIT_OPEN without running it.
   * @template T
   * @param {() => Promise<T>} call
   * @param {number} [patienceMs] how long the caller would wait
   * @returns {Promise<T>}
   */
  async guard(call, patienceMs = Infinity) {
    const isProbe = this.#enter();
    try {
      const result = await call();
      this.succeeded();
      return result;
    } catch (error) {
      this.failed(SobaError.from(error), patienceMs);
      throw error;
    } finally {
      if (isProbe) this.probing = false;
    }
  }

  /** @returns {boolean} whether this call is the probe of a half-open breaker */
  #enter() {
    if (this.state === 'closed') return false;
    const wait = this.openedAt + this.resetMs - Date.now();
    if (this.state === 'open' && wait > 0) throw this.#open(wait);
    if (this.probing) throw this.#open(1000);
    this.#move('half-open', 'one call is let through to see whether the service is back');
    this.probing = true;
    return true;
  }

  /** @param {number} wait ms */
  #open(wait) {
    const message = `${this.service} failed ${this.failures} times in a row (last: ${this.lastFailure}); try again later`;
    return new SobaError('CIRCUIT_OPEN', message, { retryAfter: Math.ceil(wait / 1000) });
  }

  /** The service answered: from a call, or from a health probe. */
  succeeded() {
    this.failures = 0;
    this.#move('closed', 'the service answered');
  }

  /** @param {SobaError} error @param {number} [patienceMs] */
  failed(error, patienceMs = Infinity) {
    if (!COUNTED.has(error.code) || this.state === 'open') return;
    if (error.code === 'DEADLINE_EXCEEDED' && patienceMs < MIN_TELLING_MS) return;
    this.failures += 1;
    this.lastFailure = `${error.code}: ${error.message}`;
    if (this.state === 'closed' && this.failures < this.threshold) return;
    this.openedAt = Date.now();
    this.#move('open', this.lastFailure);
  }

  /** @param {BreakerState} to @param {string} reason */
  #move(to, reason) {
    if (this.state === to) return;
    const change = { service: this.service, from: this.state, to, reason };
    this.state = to;
    this.onChange(change);
  }

  /** What health reports show. */
  report() {
    const opensIn = this.state === 'open' ? Math.max(0, this.openedAt + this.resetMs - Date.now()) : 0;
    return { state: this.state, failures: this.failures, lastFailure: this.lastFailure, retryInMs: opensIn };
  }
}
