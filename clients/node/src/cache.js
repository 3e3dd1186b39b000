/**
 * Answers kept in a Redis of their own, as long as the operation's schema allows.
 *
 * Calls that ask the same at the same time share one job (single flight). Where an operation allows stale answers, one
 * past its time is given while the service cannot answer. A cache that fails is no failure: the job is run.
 */
import { digest } from './job-id.js';
import { connect } from './lanes.js';

/** @typedef {import('./catalog.js').Operation} Operation */

const STALE_SECONDS = 86_400;

export class Cache {
  /** @param {string} url @param {(error: Error) => void} onError */
  constructor(url, onError) {
    this.onError = onError;
    this.redis = connect(url, { maxRetriesPerRequest: 0, enableOfflineQueue: true, commandTimeout: 500 });
    this.redis.on('error', onError);
    /** @type {Map<string, Promise<any>>} */
    this.flights = new Map();
    this.hits = 0;
    this.misses = 0;
    this.stale = 0;
  }

  /**
   * The kept answer, or that of `ask`, which is then kept.
   * @param {Operation} operation
   * @param {unknown} input
   * @param {() => Promise<any>} ask
   * @param {{fresh?: boolean, onHit?: () => void}} [options] `fresh` asks anew
   */
  async through(operation, input, ask, { fresh = false, onHit = () => {} } = {}) {
    const key = `soba:cache:${operation.name}:${digest(input)}`;
    const kept = await this.#read(key);
    if (!fresh && kept && Date.now() - kept.at < operation.cacheTtl * 1000) {
      this.hits += 1;
      onHit();
      return kept.result;
    }
    this.misses += 1;
    return this.#flight(key, operation, ask).catch((error) => {
      if (!kept || !operation.staleWhileError || !(error.status >= 500)) throw error;
      this.stale += 1;
      onHit();
      return kept.result;
    });
  }

  /** @param {string} key @param {Operation} operation @param {() => Promise<any>} ask */
  #flight(key, operation, ask) {
    let flight = this.flights.get(key);
    if (!flight) {
      flight = ask()
        .then((result) => {
          this.#write(key, operation, result);
          return result;
        })
        .finally(() => this.flights.delete(key));
      this.flights.set(key, flight);
    }
    return flight;
  }

  /** @param {string} key @returns {Promise<{at: number, result: any} | null>} */
  async #read(key) {
    try {
      const text = await this.redis.get(key);
      return text ? JSON.parse(text) : null;
    } catch (error) {
      this.onError(/** @type {Error} */ (error));
      return null;
    }
  }

  /** @param {string} key @param {Operation} operation @param {any} result */
  #write(key, operation, result) {
    const seconds = Math.ceil(operation.cacheTtl) + (operation.staleWhileError ? STALE_SECONDS : 0);
    this.redis.set(key, JSON.stringify({ at: Date.now(), result }), 'EX', seconds).catch(this.onError);
  }

  close() {
    this.redis.disconnect();
  }
}
