/** The connection to Redis, and for each queue in use its BullMQ Queue and its Waiter. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { SobaError } from './errors.js';
import { CLOSE_MS, atMost } from './patience.js';
import { Waiter } from './waiter.js';

/**
 * @typedef {{queue: Queue, waiter: Waiter}} Lane
 */

export class Lanes {
  /**
   * @param {{redisUrl: string, prefix: string, telemetry?: import('bullmq').Telemetry,
   *   connection?: import('ioredis').RedisOptions, onError: (error: Error) => void,
   *   onEnded?: (queue: string) => void}} options `onEnded` hears of every job that ends, whoever sent it
   */
  constructor({ redisUrl, prefix, telemetry, connection, onError, onEnded = () => {} }) {
    this.prefix = prefix;
    this.telemetry = telemetry;
    this.onError = onError;
    this.onEnded = onEnded;
    this.redis = connect(redisUrl, connection);
    this.redis.on('error', onError);
    /** @type {Map<string, Lane>} */
    this.lanes = new Map();
  }

  /** @param {string} name @returns {Lane} */
  of(name) {
    let lane = this.lanes.get(name);
    if (!lane) this.lanes.set(name, (lane = this.#open(name)));
    return lane;
  }

  /** @param {string} name @returns {Lane} */
  #open(name) {
    const { redis, prefix, telemetry, onError } = this;
    const queue = new Queue(name, { connection: redis, prefix, telemetry, skipMetasUpdate: true });
    queue.on('error', onError);
    const onEnded = () => this.onEnded(name);
    return { queue, waiter: new Waiter({ queue: name, prefix, redis, onError, onEnded }) };
  }

  /** Key of BullMQ's, such as `bull:fraud:wait`. @param {string} queue @param {string} part */
  key(queue, part) {
    return `${this.prefix}:${queue}:${part}`;
  }

  get isReachable() {
    return this.redis.status === 'ready';
  }

  /** How many waits are open. */
  get pending() {
    let pending = 0;
    for (const { waiter } of this.lanes.values()) pending += waiter.size;
    return pending;
  }

  async close() {
    const closed = new SobaError('UNAVAILABLE', 'the client was closed');
    await Promise.all([...this.lanes.values()].map(({ waiter }) => waiter.close(closed)));
    await Promise.all([...this.lanes.values()].map(({ queue }) => atMost(queue.close(), CLOSE_MS)));
    this.redis.disconnect();
  }
}

/**
 * A connection that fails within seconds where Redis is away, and comes back by itself.
 * @param {string} url
 * @param {import('ioredis').RedisOptions} [options]
 */
export function connect(url, options) {
  return new Redis(url, {
    maxRetriesPerRequest: 8, // about two seconds with the pauses below
    retryStrategy: (times) => Math.min(times * 50, 500),
    socketTimeout: 10_000,
    connectTimeout: 5_000,
    ...options,
  });
}
