/** The last hour's probes of a queue: a bar each, as high as its latency on a logarithmic scale, red where it failed. */
import { h, time } from './dom.js';

const HOUR_MS = 3_600_000;
const SLOTS = 60;
const HEIGHT = 34;
const TOP_MS = 10_000;

/** @param {{at: number, ok: boolean, latencyMs: number | null}[]} probes @param {string} name */
export function probeChart(probes, name) {
  const now = Date.now();
  const slots = Array.from({ length: SLOTS }, () => /** @type {{ok: boolean, ms: number}[]} */ ([]));
  for (const { at, ok, latencyMs } of probes) {
    const slot = Math.floor(SLOTS - ((now - at) * SLOTS) / HOUR_MS);
    if (slot >= 0 && slot < SLOTS) slots[slot].push({ ok, ms: latencyMs ?? TOP_MS });
    else if (slot === SLOTS) slots[SLOTS - 1].push({ ok, ms: latencyMs ?? TOP_MS });
  }
  const failed = probes.filter(({ ok }) => !ok).length;
  const label = `${name}: ${probes.length} probes in the last hour, ${failed} failed`;
  const chart = h('svg.chart', { viewBox: `0 0 ${SLOTS * 4} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label });
  slots.forEach((slot, index) => chart.append(bar(slot, index)));
  return chart;
}

/** @param {{ok: boolean, ms: number}[]} slot @param {number} index */
function bar(slot, index) {
  const failed = slot.some(({ ok }) => !ok);
  const worst = Math.max(0, ...slot.map(({ ms }) => ms));
  const share = Math.min(1, Math.log10(1 + worst) / Math.log10(1 + TOP_MS));
  const height = slot.length ? (failed ? HEIGHT : Math.max(3, share * HEIGHT)) : 2;
  const kind = slot.length ? (failed ? 'no' : 'ok') : 'none';
  const shape = h(`rect.${kind}`, { x: index * 4, y: HEIGHT - height, width: 3, height, rx: 1 });
  if (slot.length) shape.append(h('title', {}, failed ? 'failed' : time(worst)));
  return shape;
}
