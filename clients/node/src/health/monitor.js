/**
 * Watches every service: a real job through each queue every 30 seconds, the workers' own records, queue depths and
 * the client's breakers. A service that is not healthy is probed every 5 seconds, and the first answer closes its
 * breaker, so that it is back within seconds of its recovery.
 *
 * @typedef {import('./status.js').Status} Status
 * @typedef {import('./status.js').Probe} Probe
 * @typedef {{service: string, from: Status, to: Status, reasons: string[]}} StatusChange
 * @typedef {object} Snapshot
 * @property {number} at epoch ms
 * @property {boolean} reachable
 * @property {import('../discovery.js').Census} census
 * @property {Record<string, import('./depths.js').Depth>} depths
 */
import { EventEmitter } from 'node:events';
import { SERVICES } from '../catalog.js';
import { SobaError } from '../errors.js';
import { depths } from './depths.js';
import { Latency } from './latency.js';
import { createMetrics } from './metrics.js';
import { Rates } from './rates.js';
import { judge, overall } from './status.js';

const TICK_MS = 1_000;
const SNAPSHOT_MS = 1_000;
const SNAPSHOT_LIMIT_MS = 2_500;
const PROBE_LIMIT_MS = 5_000;
const KEPT_PROBES = 120;
const PATIENT = 'bulk'; // its jobs may take minutes, and a probe stands behind them
const NO_DEPTH = { waiting: 0, active: 0, delayed: 0, failed: 0, oldestAgeMs: 0 };

/** Emits `status` (StatusChange), and `recovered` (StatusChange with `downMs`) where a service is healthy again. */
export class HealthMonitor extends EventEmitter {
  /** @param {{client: import('../client.js').Client, intervalMs?: number, retryMs?: number}} options */
  constructor({ client, intervalMs = 30_000, retryMs = 5_000 }) {
    super();
    this.client = client;
    this.intervalMs = intervalMs;
    this.retryMs = retryMs;
    this.services = Object.fromEntries(
      SERVICES.map((name) => [name, { probes: /** @type {Probe[]} */ ([]), probing: false, latency: new Latency(),
        status: /** @type {Status} */ ('down'), reasons: ['not looked at yet'], since: Date.now() }]),
    );
    this.rates = new Rates();
    /** @type {Snapshot} */
    this.snapshot = { at: 0, reachable: false, census: { workers: [], bridges: [], at: 0 }, depths: {} };
    /** @type {Promise<Snapshot> | undefined} */
    this.looking = undefined;
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined;
    this.onSettled = (/** @type {import('../client.js').Settled} */ { service, code, ms, cached }) => {
      if (code === 'OK' && !cached) this.services[service]?.latency.add(ms);
    };
    client.on('settled', this.onSettled);
    this.prometheus = createMetrics(this);
  }

  /** Begin to watch. */
  start() {
    this.timer ??= setInterval(() => void this.#tick(), TICK_MS).unref();
    void this.#tick();
    return this;
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.client.off('settled', this.onSettled);
    this.prometheus.stop();
  }

  /** The whole report, as GET /health gives it. */
  async report() {
    await this.look();
    const services = Object.fromEntries(SERVICES.map((name) => [name, this.#describe(name)]));
    return {
      status: overall(SERVICES.map((name) => services[name].status)),
      at: this.snapshot.at,
      redis: { reachable: this.snapshot.reachable },
      bridges: this.snapshot.census.bridges.length,
      contract: this.snapshot.reachable ? await this.client.discovery.compatibility() : { status: 'unknown' },
      ...services,
    };
  }

  /**
   * One service's part of the report.
   * @param {string} name
   */
  async service(name) {
    if (!Object.hasOwn(this.services, name)) throw new SobaError('NOT_FOUND', `no service ${name}`);
    await this.look();
    return { name, ...this.#describe(name) };
  }

  /** The workers that take work of a service. @param {string} name */
  workersOf(name) {
    return this.snapshot.census.workers.filter(({ queue, draining }) => queue === name && !draining);
  }

  /** Prometheus text. */
  async metrics() {
    await this.look();
    return this.prometheus.text();
  }

  /**
   * Express middleware that answers 503 while the service is down, before any work is done.
   * @param {string} name
   * @returns {(req: any, res: any, next: (error?: unknown) => void) => void}
   */
  requireService(name) {
    if (!Object.hasOwn(this.services, name)) throw new TypeError(`no service ${name}`);
    return (_req, _res, next) => {
      const { status, reasons } = this.services[name];
      const retryAfter = Math.ceil(this.retryMs / 1000);
      next(status === 'down' ? new SobaError('UNAVAILABLE', `${name} is down: ${reasons[0]}`, { retryAfter }) : undefined);
    };
  }

  /** Bring the snapshot and every status up to date; at most once a second. */
  async look() {
    if (Date.now() - this.snapshot.at < SNAPSHOT_MS) return this.snapshot;
    this.looking ??= this.#look().finally(() => (this.looking = undefined));
    return this.looking;
  }

  async #look() {
    const { discovery, lanes } = this.client;
    const limit = new Promise((_, late) => setTimeout(late, SNAPSHOT_LIMIT_MS, new Error('Redis is late')).unref());
    try {
      const asked = Promise.all([discovery.census(), depths(lanes)]);
      const [census, queues] = /** @type {Awaited<typeof asked>} */ (await Promise.race([asked, limit]));
      this.snapshot = { at: Date.now(), reachable: true, census, depths: queues };
      this.rates.note(census);
    } catch (error) {
      this.client.emit('warning', error);
      this.snapshot = { ...this.snapshot, at: Date.now(), reachable: false };
    }
    for (const name of SERVICES) this.#judge(name);
    return this.snapshot;
  }

  /** @param {string} name */
  #judge(name) {
    const { reachable, census, depths: queues } = this.snapshot;
    const service = this.services[name];
    const { status, reasons } = judge({
      reachable,
      bridges: census.bridges.length,
      workers: this.workersOf(name).length,
      depth: queues[name] ?? NO_DEPTH,
      probes: service.probes,
      breaker: this.client.breakers[name].state,
      patient: name === PATIENT,
    });
    service.reasons = reasons;
    if (status === service.status) return;
    const change = { service: name, from: service.status, to: status, reasons, downMs: Date.now() - service.since };
    Object.assign(service, { status, since: Date.now() });
    this.emit('status', change);
    if (status === 'healthy') this.emit('recovered', change);
  }

  async #tick() {
    await this.look();
    for (const name of SERVICES) {
      const { probes, probing, status } = this.services[name];
      const pause = status === 'healthy' ? this.intervalMs : this.retryMs;
      if (!probing && this.#isManned(name) && Date.now() - (probes.at(-1)?.at ?? 0) >= pause) void this.#probe(name);
    }
  }

  /** Where no process could answer, a probe would tell nothing that the records do not. @param {string} name */
  #isManned(name) {
    const { reachable, census } = this.snapshot;
    return reachable && census.bridges.length > 0 && this.workersOf(name).length > 0;
  }

  /** @param {string} name */
  async #probe(name) {
    const service = this.services[name];
    const started = performance.now();
    /** @type {Probe} */
    const probe = { at: Date.now(), ok: true, latencyMs: 0 };
    service.probing = true;
    try {
      await this.client.probe(name, PROBE_LIMIT_MS);
      this.client.breakers[name].succeeded();
    } catch (error) {
      const fault = SobaError.from(error);
      Object.assign(probe, { ok: false, error: fault.message });
      const isBusy = name === PATIENT && this.snapshot.depths[name]?.active > 0;
      if (!isBusy) this.client.breakers[name].failed(fault);
    }
    service.probing = false;
    probe.latencyMs = Number((performance.now() - started).toFixed(1));
    service.probes = [...service.probes, probe].slice(-KEPT_PROBES);
    this.#judge(name);
  }

  /** @param {string} name */
  #describe(name) {
    const { status, reasons, since, latency, probes } = this.services[name];
    const workers = this.workersOf(name);
    return {
      status,
      reasons,
      since,
      workers: workers.length,
      capacity: workers.reduce((sum, { concurrency }) => sum + (concurrency ?? 1), 0),
      queue: { ...(this.snapshot.depths[name] ?? NO_DEPTH), perSecond: this.rates.of(name) },
      latency: latency.report(),
      breaker: this.client.breakers[name].report(),
      lastProbe: probes.at(-1) ?? null,
    };
  }
}

/**
 * A monitor that has begun to watch.
 * @param {ConstructorParameters<typeof HealthMonitor>[0]} options
 */
export function createHealthMonitor(options) {
  return new HealthMonitor(options).start();
}
