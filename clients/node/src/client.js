/**
 * What a backend uses: `createClient({ redisUrl })`, then `client.fraud.assessRisk(input)` or `client.run(name, input)`.
 *
 * A call passes, in this order: validation, cache, breaker, back-pressure, queue; each is a file of its own.
 *
 * @typedef {import('./call.js').Call} Call
 * @typedef {import('./call.js').RunOptions} RunOptions
 * @typedef {import('./catalog.js').Operation} Operation
 * @typedef {import('./waiter.js').Progress} Progress
 * @typedef {import('./breaker.js').BreakerChange} BreakerChange
 * @typedef {object} Settled one call that has ended
 * @property {string} operation
 * @property {string} service
 * @property {string} code `OK` or an error's code
 * @property {number} ms
 * @property {boolean} cached
 * @typedef {object} ClientOptions
 * @property {string} [redisUrl] `redis://127.0.0.1:6379`
 * @property {string} [cacheUrl] a Redis for cached answers, best one of its own; without it nothing is cached
 * @property {string} [prefix] BullMQ's key prefix
 * @property {Catalog} [catalog] the operations known; those that came with the package
 * @property {{threshold?: number, resetMs?: number}} [breaker]
 * @property {{maxWaiting?: number}} [pressure] jobs that may wait in a queue before OVERLOADED
 * @property {import('bullmq').Telemetry} [telemetry] BullMQ's, such as that of bullmq-otel
 * @property {import('ioredis').RedisOptions} [connection] further options of ioredis
 */
import { EventEmitter } from 'node:events';
import { Breaker } from './breaker.js';
import { Cache } from './cache.js';
import { addFault, callOf, probeOf } from './call.js';
import { Catalog, SERVICES, methodOf } from './catalog.js';
import { Discovery } from './discovery.js';
import { SobaError } from './errors.js';
import { JobHandle } from './job-handle.js';
import { Jobs } from './jobs.js';
import { Lanes } from './lanes.js';
import { Pressure } from './pressure.js';
import { Sender } from './sender.js';
import { validate } from './validate.js';

/**
 * Emits `settled` (Settled) for every call, `breaker` (BreakerChange), and `warning` (Error) for faults that it mends by
 * itself, such as a lost connection.
 */
export class Client extends EventEmitter {
  #closing = false;

  /** @param {ClientOptions} [options] */
  constructor({ redisUrl = 'redis://127.0.0.1:6379', prefix = 'bull', ...options } = {}) {
    super();
    const onError = (/** @type {Error} */ error) => void this.emit('warning', error);
    const onEnded = (/** @type {string} */ queue) => this.pressure.ended(queue);
    const { telemetry, connection } = options;
    this.catalog = options.catalog ?? Catalog.packaged();
    this.lanes = new Lanes({ redisUrl, prefix, telemetry, connection, onError, onEnded });
    this.discovery = new Discovery(this.lanes, this.catalog);
    this.jobs = new Jobs(this.lanes);
    this.pressure = new Pressure(this.lanes, options.pressure);
    this.sender = new Sender(this.lanes, this.jobs);
    this.cache = options.cacheUrl ? new Cache(options.cacheUrl, onError) : undefined;
    const onChange = (/** @type {BreakerChange} */ change) => void this.emit('breaker', change);
    /** @type {Record<string, Breaker>} one a service: ml, nlp, fraud, data, blockchain, bulk */
    this.breakers = Object.fromEntries(
      SERVICES.map((service) => [service, new Breaker(service, { ...options.breaker, onChange })]),
    );
  }

  /**
   * Run an operation and wait for its answer. Throws SobaError, and never waits beyond the deadline.
   * @template {string} N
   * @param {N} name
   * @param {import('../generated/operations.d.ts').RequestOf<N>} input
   * @param {RunOptions} [options]
   * @returns {Promise<import('../generated/operations.d.ts').ResultOf<N>>}
   */
  async run(name, input, options = {}) {
    const settle = this.#stopwatch(name);
    try {
      const operation = await this.#operation(name);
      const call = await this.#call(operation, input, options, true);
      let cached = false;
      const answer = this.#answer(call, () => (cached = true));
      const result = await (options.signal ? this.#abortable(call, answer, options.signal) : answer);
      settle('OK', cached);
      return result;
    } catch (error) {
      const fault = SobaError.from(error, { requestId: options.requestId });
      settle(fault.code);
      throw fault;
    }
  }

  /**
   * Add a job and return at once; `wait()` of the handle waits for its answer.
   * @template {string} N
   * @param {N} name
   * @param {import('../generated/operations.d.ts').RequestOf<N>} input
   * @param {RunOptions} [options] without `deadlineMs` the job may wait as long as it must
   */
  async enqueue(name, input, options = {}) {
    try {
      const call = await this.#call(await this.#operation(name), input, options, false);
      this.pressure.check(call.operation.queue);
      await this.sender.add(call);
      return new JobHandle(this, call);
    } catch (error) {
      throw SobaError.from(error, { requestId: options.requestId });
    }
  }

  /**
   * Add many jobs, of one operation or of several, in few trips to Redis. All are checked before the first is added.
   * @param {{name: string, input: unknown, options?: RunOptions}[]} items
   */
  async addBulk(items) {
    /** @type {Call[]} */
    const calls = [];
    for (const { name, input, options = {} } of items)
      calls.push(await this.#call(await this.#operation(name), input, options, false));
    for (const { operation } of calls) this.pressure.check(operation.queue);
    await this.sender.addAll(calls).catch((error) => {
      throw addFault(error);
    });
    return calls.map((call) => new JobHandle(this, call));
  }

  /**
   * Run one operation on many inputs; answers in order, a SobaError in the place of an input that failed.
   * @template {string} N
   * @param {N} name
   * @param {import('../generated/operations.d.ts').RequestOf<N>[]} inputs
   * @param {RunOptions} [options] for each of them; without a key or a signal, which stand for one call
   * @returns {Promise<(import('../generated/operations.d.ts').ResultOf<N> | SobaError)[]>}
   */
  async runBulk(name, inputs, options = {}) {
    const operation = await this.#operation(name);
    const each = { ...options, idempotencyKey: undefined, signal: undefined };
    const made = inputs.map((input) => this.#call(operation, input, each, true).catch(SobaError.from));
    const calls = await Promise.all(made);
    /** @type {Map<Call, import('./waiter.js').Wait>} */
    const waits = new Map();
    const answers = calls.map((call) => this.#bulkAnswer(name, call, waits));
    this.sender.addAll([...waits.keys()]).then(
      () => waits.forEach((wait) => wait.placed()),
      (error) => waits.forEach((wait, call) => wait.drop(addFault(error, call))),
    );
    return Promise.all(answers);
  }

  /**
   * The answer to one call of a bulk; its wait is entered where the breaker and the queue let it through.
   * @param {string} name @param {Call | SobaError} call @param {Map<Call, import('./waiter.js').Wait>} waits
   */
  async #bulkAnswer(name, call, waits) {
    const settle = this.#stopwatch(name);
    try {
      if (call instanceof SobaError) throw call;
      const result = await this.breakers[call.operation.queue].guard(() => {
        this.pressure.check(call.operation.queue, call.deadlineMs);
        const wait = this.sender.expect(call);
        waits.set(call, wait);
        return wait.promise;
      }, call.deadlineMs);
      settle('OK');
      return result;
    } catch (error) {
      const fault = SobaError.from(error);
      settle(fault.code);
      return fault;
    }
  }

  /**
   * Wait for a job that is there already.
   * @param {string} ref `<queue>:<id>`
   * @param {{deadlineMs?: number, onProgress?: (progress: Progress) => void, signal?: AbortSignal}} [options]
   * @returns {Promise<any>} its result; throws its failure
   */
  async wait(ref, { deadlineMs, onProgress, signal } = {}) {
    const { queue, id } = this.jobs.parse(ref);
    const { waiter } = this.lanes.of(queue);
    const late = () => new SobaError('DEADLINE_EXCEEDED', `${ref} was not over after ${deadlineMs} ms`, { jobId: ref });
    const deadlineAt = deadlineMs === undefined ? undefined : Date.now() + deadlineMs;
    const wait = waiter.expect(id, { deadlineAt, onProgress, late });
    const unwanted = () => wait.drop(new SobaError('CANCELLED', 'nobody waits any more', { jobId: ref }));
    signal?.addEventListener('abort', unwanted, { once: true });
    waiter.ready().then(
      () => wait.placed(true),
      (error) => wait.drop(SobaError.from(error)),
    );
    return wait.promise;
  }

  /**
   * A real job through a service's queue, past its breaker. Throws where there is no answer.
   * @param {string} service @param {number} deadlineMs
   */
  async probe(service, deadlineMs) {
    const operation = await this.#operation(`${service}.ping`);
    const call = callOf(operation, { echo: 'probe' }, { deadlineMs }, { waits: true });
    await this.sender.send(call, probeOf(call));
  }

  /** State, progress and outcome of a job. @param {string} ref `<queue>:<id>` */
  job(ref) {
    return this.jobs.report(ref);
  }

  /** Take a job back, waiting or running. @param {string} ref `<queue>:<id>` */
  cancel(ref) {
    return this.jobs.cancel(ref);
  }

  /** Run a failed job again. @param {string} ref `<queue>:<id>` */
  replay(ref) {
    return this.jobs.replay(ref);
  }

  /**
   * Take no more calls, let those that run end, then close every connection.
   * @param {{drainMs?: number}} [options] how long running calls may take; the rest ends with UNAVAILABLE
   */
  async close({ drainMs = 5_000 } = {}) {
    this.#closing = true;
    const end = Date.now() + drainMs;
    while (this.lanes.pending && Date.now() < end) await new Promise((done) => setTimeout(done, 20));
    await this.lanes.close();
    this.cache?.close();
  }

  /** Times one call; what it gives emits `settled`. @param {string} name */
  #stopwatch(name) {
    const started = performance.now();
    return (/** @type {string} */ code, cached = false) => {
      const service = this.catalog.get(name)?.queue ?? 'unknown';
      /** @type {Settled} */
      const settled = { operation: name, service, code, ms: performance.now() - started, cached };
      this.emit('settled', settled);
    };
  }

  /** @param {string} name */
  async #operation(name) {
    if (this.#closing) throw new SobaError('UNAVAILABLE', 'the client is closed');
    return this.catalog.get(name) ?? this.discovery.require(name);
  }

  /**
   * @param {Operation} operation @param {unknown} input @param {RunOptions} options @param {boolean} waits
   * @returns {Promise<Call>}
   */
  async #call(operation, input, options, waits) {
    try {
      validate(operation, input);
    } catch (error) {
      // Workers of another version may take what this version does not know: they have the last word then.
      if (!(await this.discovery.isOtherVersion())) throw error;
    }
    return callOf(operation, input, options, { waits });
  }

  /** @param {Call} call @param {() => void} onHit */
  #answer(call, onHit) {
    const { operation, input, options } = call;
    const ask = () => this.breakers[operation.queue].guard(() => this.#submit(call), call.deadlineMs);
    if (!this.cache || !(operation.cacheTtl > 0)) return ask();
    return this.cache.through(operation, input, ask, { fresh: options.cache === false, onHit });
  }

  /** @param {Call} call */
  async #submit(call) {
    this.pressure.check(call.operation.queue, call.deadlineMs);
    return this.sender.send(call);
  }

  /**
   * @template T
   * @param {Call} call @param {Promise<T>} answer @param {AbortSignal} signal
   * @returns {Promise<T>}
   */
  async #abortable(call, answer, signal) {
    const { operation, options, ref, requestId } = call;
    const isShared = options.idempotencyKey !== undefined || (this.cache && operation.cacheTtl > 0);
    /** @type {(error: SobaError) => void} */
    let stop = () => {};
    const stopped = new Promise((_, reject) => (stop = reject));
    const onAbort = () => {
      stop(new SobaError('CANCELLED', 'the call was taken back', { jobId: ref, requestId }));
      if (!isShared) this.cancel(ref).catch((error) => this.emit('warning', error));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await /** @type {Promise<T>} */ (Promise.race([answer, stopped]));
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

/**
 * A client with a method for each operation: `client.fraud.assessRisk(input, options)`.
 * @param {ClientOptions} [options]
 * @returns {Client & import('../generated/operations.d.ts').Methods<RunOptions>}
 */
export function createClient(options) {
  const client = new Client(options);
  /** @type {Record<string, Record<string, Function>>} */
  const domains = {};
  for (const name of client.catalog.names()) {
    const [domain, method] = methodOf(name);
    domains[domain] ??= {};
    domains[domain][method] = (/** @type {any} */ input, /** @type {RunOptions} */ more) => client.run(name, input, more);
  }
  return /** @type {any} */ (Object.assign(client, domains));
}
