/** One card a service: state, queue, latency, breaker, the last hour. */
import { probeChart } from './charts.js';
import { count, h, time } from './dom.js';

const NAMES = ['ml', 'nlp', 'fraud', 'data', 'blockchain', 'bulk'];

/** @param {any} facts */
export function serviceCards({ health, probes }) {
  return NAMES.map((name) => card(name, health[name], probes[name] ?? []));
}

/** @param {string} name @param {any} service @param {any[]} probes */
function card(name, service, probes) {
  const { status, reasons, queue, latency, breaker, workers, capacity } = service;
  const last = service.lastProbe ?? probes.at(-1);
  return h('article.card', {},
    h('header', {}, h('h3', {}, name), breaker.state !== 'closed' && h('span.tag.code', {}, `circuit ${breaker.state}`), h(`span.pill.${status}`, {}, status)),
    reasons.length > 0 && h(`p.reasons${status === 'down' ? '' : '.mild'}`, {}, reasons.join('; ')),
    h('dl.figures', {},
      entry('waiting', count(queue.waiting), queue.oldestAgeMs ? `${time(queue.oldestAgeMs)} old` : ''),
      entry('running', count(queue.active)),
      entry('a second', queue.perSecond ?? 0),
      entry('failed', count(queue.failed)),
      entry('p50', time(latency.p50)),
      entry('p95', time(latency.p95)),
      entry('workers', workers, capacity > workers ? `× ${capacity / workers}` : ''),
      entry('delayed', count(queue.delayed))),
    h('div', {}, probeChart(probes, name),
      h('p.caption', {}, h('span', {}, 'probes, last hour'), h('span', {}, last ? (last.ok ? `last ${time(last.latencyMs)}` : `failed: ${last.error}`) : 'none yet'))));
}

/** @param {string} title @param {string | number} value @param {string} [more] */
function entry(title, value, more = '') {
  return h('div', {}, h('dt', {}, title), h('dd', {}, value, more && ' ', more && h('small', {}, more)));
}
