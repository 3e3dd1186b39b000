/**
 * What the facts about a service add up to.
 *
 * @typedef {'healthy' | 'degraded' | 'down'} Status
 * @typedef {{at: number, ok: boolean, latencyMs: number, error?: string}} Probe
 * @typedef {object} Facts
 * @property {boolean} reachable whether Redis answers
 * @property {number} bridges alive
 * @property {number} workers alive on this service's queue
 * @property {import('./depths.js').Depth} depth
 * @property {Probe[]} probes newest last
 * @property {string} breaker state of the circuit breaker
 * @property {boolean} patient whether long waits are this service's nature (bulk)
 */
const SLOW_PROBE_MS = 2_000;
const OLD_MS = 30_000;
const RECORD_GAP_MS = 10_000; // a worker answers a little before its first record is there

/**
 * @param {Facts} facts
 * @returns {{status: Status, reasons: string[]}}
 */
export function judge(facts) {
  const down = whyDown(facts);
  if (down) return { status: 'down', reasons: [down] };
  const reasons = whyDegraded(facts);
  return { status: reasons.length ? 'degraded' : 'healthy', reasons };
}

/** @param {Facts} facts @returns {string | undefined} */
function whyDown({ reachable, bridges, workers, depth, probes }) {
  if (!reachable) return 'Redis does not answer';
  const [before, last] = [probes.at(-2), probes.at(-1)];
  const answers = last?.ok && Date.now() - last.at < RECORD_GAP_MS;
  if (!workers && !answers) return 'no worker is alive';
  if (!bridges && !answers) return 'no bridge is alive';
  if (last && !last.ok && before && !before.ok && !depth.active) return `two probes failed: ${last.error}`;
  return undefined;
}

/** @param {Facts} facts */
function whyDegraded({ bridges, workers, depth, probes, breaker, patient }) {
  const reasons = [];
  const last = probes.at(-1);
  if (!workers || !bridges) reasons.push('answers, though no worker or bridge has a record');
  if (breaker !== 'closed') reasons.push(`the circuit is ${breaker}`);
  if (last && !last.ok && !(patient && depth.active)) reasons.push(`the last probe failed: ${last.error}`);
  if (last?.ok && last.latencyMs > SLOW_PROBE_MS && !patient) reasons.push(`the last probe took ${last.latencyMs} ms`);
  if (depth.oldestAgeMs > OLD_MS && !patient) reasons.push(`a job has waited for ${Math.round(depth.oldestAgeMs / 1000)} s`);
  return reasons;
}

/** @param {Status[]} statuses @returns {Status} healthy where all are, down where all are, else degraded */
export function overall(statuses) {
  if (statuses.every((status) => status === 'healthy')) return 'healthy';
  return statuses.every((status) => status === 'down') ? 'down' : 'degraded';
}
