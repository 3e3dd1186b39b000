/**
 * What runs, by the records that workers and bridges keep in Redis with a TTL.
 *
 * @typedef {object} WorkerRecord
 * @property {string} name
 * @property {string} queue
 * @property {string} host
 * @property {number} pid
 * @property {number} at epoch ms
 * @property {number} startedAt epoch ms
 * @property {number} concurrency
 * @property {Record<string, string>} versions
 * @property {string} contract version of the schemas that the worker serves
 * @property {Record<string, {timeLimit?: number, [key: string]: any}>} operations
 * @property {boolean} [draining] takes no new work
 * @property {{batches?: number, rssMb?: number}} stats
 * @typedef {object} BridgeRecord
 * @property {string} id
 * @property {string} host
 * @property {number} pid
 * @property {number} at epoch ms
 * @property {Record<string, {waiting: number, active: number, done: number, failed: number, resends: number}>} queues
 * @typedef {{workers: WorkerRecord[], bridges: BridgeRecord[], at: number}} Census
 */
import { isService } from './catalog.js';
import { SobaError } from './errors.js';

const FRESH_MS = 5_000;
const DEFAULTS = {
  summary: '',
  description: '',
  method: /** @type {const} */ ('POST'),
  long: false,
  cacheTtl: 0,
  staleWhileError: false,
  timeLimit: 30,
  idempotent: false,
  maxBytes: 20_000_000,
  batchSize: 1,
  request: {},
  result: {},
  examples: [],
};

export class Discovery {
  /** @param {import('./lanes.js').Lanes} lanes @param {import('./catalog.js').Catalog} catalog */
  constructor(lanes, catalog) {
    this.lanes = lanes;
    this.catalog = catalog;
    /** @type {Census} */
    this.last = { workers: [], bridges: [], at: 0 };
    /** @type {Promise<Census> | undefined} */
    this.asking = undefined;
  }

  /**
   * The records of every live worker and bridge, at most five seconds old.
   * @param {{maxAgeMs?: number}} [options]
   * @returns {Promise<Census>}
   */
  async census({ maxAgeMs = FRESH_MS } = {}) {
    if (Date.now() - this.last.at <= maxAgeMs) return this.last;
    this.asking ??= this.#read().finally(() => (this.asking = undefined));
    return this.asking;
  }

  /**
   * An operation that only the workers know: served, though neither checked here nor typed.
   * @param {string} name
   * @returns {Promise<import('./catalog.js').Operation>}
   */
  async require(name) {
    const { workers } = await this.census();
    const worker = workers.find(({ queue, operations }) => isService(queue) && Object.hasOwn(operations ?? {}, name));
    if (!worker) throw new SobaError('UNKNOWN_OPERATION', `no operation ${name}`);
    return { ...DEFAULTS, ...worker.operations[name], name, queue: worker.queue, path: `/${name.replace('.', '/')}` };
  }

  /** Whether live workers serve other schemas than this package holds. */
  async isOtherVersion() {
    const { workers } = await this.census().catch(() => this.last); // unknown while Redis is away
    return workers.some(({ contract }) => contract && contract !== this.catalog.version);
  }

  /** How this package and the workers compare, for health reports. */
  async compatibility() {
    const { workers } = await this.census();
    const here = new Set(this.catalog.names());
    const there = new Set(workers.flatMap(({ operations }) => Object.keys(operations ?? {})));
    const versions = [...new Set(workers.map(({ contract }) => contract).filter(Boolean))];
    const same = versions.every((version) => version === this.catalog.version);
    return {
      client: this.catalog.version,
      workers: versions,
      status: !versions.length ? 'unknown' : same ? 'same' : 'differs',
      onlyClient: workers.length ? [...here].filter((name) => !there.has(name)) : [],
      onlyWorkers: [...there].filter((name) => !here.has(name)),
    };
  }

  /** @returns {Promise<Census>} */
  async #read() {
    const [workers, bridges] = await Promise.all([this.#records('soba:workers'), this.#records('soba:bridges')]);
    this.last = { workers, bridges, at: Date.now() };
    return this.last;
  }

  /**
   * The records that a sorted set names, by the time (epoch s) at which each runs out.
   * @param {string} index
   */
  async #records(index) {
    const { redis } = this.lanes;
    const keys = await redis.zrangebyscore(index, Date.now() / 1000, '+inf');
    const texts = keys.length ? await redis.mget(keys) : [];
    return texts.filter((text) => text !== null).map((text) => JSON.parse(text));
  }
}
