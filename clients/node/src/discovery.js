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
 * @property {{name: string, version: string, metrics?: Record<string, any>}[]} models
 * @property {{done?: number, failed?: number, rssMb?: number}} stats
 * @typedef {object} BridgeRecord
 * @property {string} id
 * @property {string} host
 * @property {number} pid
 * @property {number} at epoch ms
 * @property {Record<string, Record<string, number>>} queues
 * @typedef {{workers: WorkerRecord[], bridges: BridgeRecord[], at: number}} Census
 */
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
    const worker = workers.find(({ operations }) => Object.hasOwn(operations ?? {}, name));
    if (!worker) throw new SobaError('UNKNOWN_OPERATION', `no operation ${name}`);
    return { ...DEFAULTS, ...worker.operations[name], name, queue: worker.queue, path: `/${name.replace('.', '/')}` };
  }

  /** Whether live workers serve other schemas than this package holds. */
  async isOtherVersion() {
    const { workers } = await this.census();
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
    const keys = await this.#keys();
    const texts = keys.length ? await this.lanes.redis.mget(keys) : [];
    const records = texts.filter((text) => text !== null).map((text) => JSON.parse(text));
    this.last = {
      workers: records.filter((record) => record.queue),
      bridges: records.filter((record) => record.queues),
      at: Date.now(),
    };
    return this.last;
  }

  async #keys() {
    const keys = new Set();
    for (const match of ['soba:worker:*', 'soba:bridge:*']) {
      let cursor = '0';
      do {
        const [next, found] = await this.lanes.redis.scan(cursor, 'MATCH', match, 'COUNT', 2_000);
        found.forEach((key) => keys.add(key));
        cursor = next;
      } while (cursor !== '0');
    }
    return [...keys];
  }
}
