/** What Prometheus reads: calls as they settle, and the state of queues and services at each scrape. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { SERVICES } from '../catalog.js';

const BREAKER = { closed: 0, 'half-open': 1, open: 2 };
const STATUS = { down: 0, degraded: 1, healthy: 2 };
const BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** @param {import('./monitor.js').HealthMonitor} monitor */
export function createMetrics(monitor) {
  const { client } = monitor;
  const registers = [new Registry()];
  const calls = new Counter({ name: 'soba_client_calls_total', help: 'Calls that have ended, by outcome',
    labelNames: ['operation', 'code', 'cached'], registers });
  const seconds = new Histogram({ name: 'soba_client_call_seconds', help: 'Time from call to answer',
    labelNames: ['operation'], buckets: BUCKETS, registers });
  const gauge = (/** @type {string} */ name, /** @type {string} */ help, /** @type {string[]} */ labelNames) =>
    new Gauge({ name, help, labelNames, registers });
  const jobs = gauge('soba_queue_jobs', 'Jobs in a queue, by state', ['queue', 'state']);
  const age = gauge('soba_queue_oldest_age_seconds', 'Age of the job that has waited longest', ['queue']);
  const breaker = gauge('soba_client_breaker_state', '0 closed, 1 half-open, 2 open', ['service']);
  const status = gauge('soba_service_status', '0 down, 1 degraded, 2 healthy', ['service']);
  const workers = gauge('soba_service_workers', 'Live workers', ['service']);
  const probe = gauge('soba_service_probe_seconds', 'Time of the last probe', ['service']);
  const pending = gauge('soba_client_pending', 'Calls that wait for an answer', []);

  /** @param {import('../client.js').Settled} call */
  function onSettled({ operation, code, ms, cached }) {
    const known = client.catalog.get(operation) ? operation : 'other';
    calls.inc({ operation: known, code, cached: String(cached) });
    if (code === 'OK') seconds.observe({ operation: known }, ms / 1000);
  }

  /** @param {string} service */
  function gather(service) {
    const { oldestAgeMs, ...states } = monitor.snapshot.depths[service] ?? { oldestAgeMs: 0 };
    for (const [state, count] of Object.entries(states)) jobs.set({ queue: service, state }, count);
    age.set({ queue: service }, oldestAgeMs / 1000);
    breaker.set({ service }, BREAKER[client.breakers[service].state]);
    status.set({ service }, STATUS[monitor.services[service].status]);
    workers.set({ service }, monitor.workersOf(service).length);
    const last = monitor.services[service].probes.at(-1);
    if (last) probe.set({ service }, last.latencyMs / 1000);
  }

  client.on('settled', onSettled);
  return {
    contentType: registers[0].contentType,
    text() {
      SERVICES.forEach(gather);
      pending.set(client.lanes.pending);
      return registers[0].metrics();
    },
    stop: () => void client.off('settled', onSettled),
  };
}
