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
import { addFault, callOf, jobOf, probeOf } from './call.js';
import { Catalog, SERVICES, methodOf } from './catalog.js';
import { Discovery } from './discovery.js';
import { SobaError } from './errors.js';
import { claim } from './idempotency.js';
import { Jobs } from './jobs.js';
import { Lanes } from './lanes.js';
import { Pressure } from './pressure.js';
import { validate } from './validate.js';

const BULK_CHUNK = 500;

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
    const started = performance.now();
    const settled = { operation: /** @type {string} */ (name), service: 'unknown', code: 'OK', ms: 0, cached: false };
    try {
      const operation = await this.#operation(name);
      settled.service = operation.queue;
      const call = await this.#call(operation, input, options, true);
      const answer = this.#answer(call, () => (settled.cached = true));
      return await (options.signal ? this.#abortable(call, answer, options.signal) : answer);
    } catch (error) {
      const fault = SobaError.from(error, { requestId: options.requestId });
      settled.code = fault.code;
      throw fault;
    } finally {
      settled.ms = performance.now() - started;
      this.emit('settled', settled);
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
      await this.#add(call);
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
    const calls = [];
    for (const { name, input, options = {} } of items)
      calls.push(await this.#call(await this.#operation(name), input, options, false));
    for (const { operation } of calls) this.pressure.check(operation.queue);
    await this.#addAll(calls);
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
    const breaker = this.breakers[operation.queue];
    const failed = (/** @type {unknown} */ error) => SobaError.from(error, { requestId: options.requestId });
    const each = { ...options, idempotencyKey: undefined, signal: undefined };
    const calls = await Promise.all(inputs.map((input) => this.#call(operation, input, each, true).catch(failed)));
    /** @type {Map<Call, ReturnType<import('./waiter.js').Waiter['expect']>>} */
    const waits = new Map();
    for (const call of calls) if (!(call instanceof SobaError)) waits.set(call, this.#expect(call));
    const answers = calls.map((call) => {
      if (call instanceof SobaError) return call;
      const { promise } = /** @type {{promise: Promise<any>}} */ (waits.get(call));
      return breaker.guard(() => promise, call.deadlineMs).catch(failed);
    });
    this.#addAll([...waits.keys()]).then(
      () => waits.forEach((wait) => wait.placed()),
      (error) => waits.forEach((wait, call) => wait.drop(addFault(error, call))),
    );
    return Promise.all(answers);
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
    signal?.addEventListener('abort', () => wait.drop(new SobaError('CANCELLED', 'nobody waits any more', { jobId: ref })));
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
    await this.#send(call, probeOf(call));
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

  /** @param {Call} call @returns {Promise<any>} */
  async #submit(call) {
    this.pressure.check(call.operation.queue, call.deadlineMs);
    return this.#send(call);
  }

  /** @param {Call} call @param {ReturnType<typeof jobOf>} [job] @returns {Promise<any>} */
  #send(call, job) {
    const wait = this.#expect(call);
    this.#add(call, job).then(wait.placed, wait.drop);
    return wait.promise;
  }

  /** @param {Call} call */
  #expect({ operation, id, ref, requestId, deadlineMs, deadlineAt, options }) {
    const late = () =>
      this.lanes.isReachable
        ? new SobaError('DEADLINE_EXCEEDED', `${operation.name} gave no answer in ${deadlineMs} ms`, { jobId: ref, requestId })
        : new SobaError('UNAVAILABLE', 'Redis cannot be reached', { jobId: ref, requestId });
    return this.lanes.of(operation.queue).waiter.expect(id, { deadlineAt, onProgress: options.onProgress, late });
  }

  /**
   * @param {Call} call @param {ReturnType<typeof jobOf>} [job]
   * @returns {Promise<boolean>} whether the job may be over already
   */
  async #add(call, job) {
    const { queue, waiter } = this.lanes.of(call.operation.queue);
    try {
      await waiter.ready();
      const hasKey = call.options.idempotencyKey !== undefined;
      const found = hasKey ? await claim(this.lanes.redis, call.ref, call.input) : 'free';
      if (found === 'failed') await this.#replayOnce(call.ref);
      if (found !== 'free') return true;
      const { name, data, opts } = job ?? jobOf(call);
      await queue.add(name, data, opts);
      return hasKey;
    } catch (error) {
      throw addFault(error, call);
    }
  }

  /** Another call with the same key may have been first; then its job is the one to wait for. @param {string} ref */
  async #replayOnce(ref) {
    await this.replay(ref).catch((error) => {
      if (error.code !== 'CONFLICT') throw error;
    });
  }

  /** @param {Call[]} calls */
  async #addAll(calls) {
    const byQueue = new Map();
    for (const call of calls) {
      const list = byQueue.get(call.operation.queue) ?? [];
      byQueue.set(call.operation.queue, list);
      list.push(call);
    }
    for (const [name, list] of byQueue) {
      const { queue, waiter } = this.lanes.of(name);
      await waiter.ready();
      for (let start = 0; start < list.length; start += BULK_CHUNK)
        await queue.addBulk(list.slice(start, start + BULK_CHUNK).map(jobOf));
    }
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

/** A job that was added and is not waited for yet. */
export class JobHandle {
  /** @param {Client} client @param {Call} call */
  constructor(client, call) {
    this.client = client;
    /** `<queue>:<id>` */
    this.id = call.ref;
    this.operation = call.operation.name;
    this.requestId = call.requestId;
  }

  /** @param {Parameters<Client['wait']>[1]} [options] */
  wait(options) {
    return this.client.wait(this.id, options);
  }

  report() {
    return this.client.job(this.id);
  }

  cancel() {
    return this.client.cancel(this.id);
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
