/** Failures, models, workers; and a model's card. */
import { ago, count, h, time } from './dom.js';

const SHOWN_METRICS = 5;

/**
 * A table that folds into rows of cards on a phone.
 * @param {[string, string?][]} heads title, and class of its cells
 * @param {any[][]} rows @param {string} empty what to say where there are none
 */
function table(heads, rows, empty) {
  if (!rows.length) return h('div.sheet', {}, h('p.empty', {}, empty));
  const cell = (/** @type {any} */ value, /** @type {number} */ index) => {
    const [title, kind] = heads[index];
    return h('td', { class: kind, 'data-label': kind === 'number' ? title : undefined }, ...[value].flat());
  };
  return h('div.sheet', {}, h('table', {},
    h('thead', {}, h('tr', {}, ...heads.map(([title, kind]) => h('th', { class: kind === 'number' ? kind : undefined, scope: 'col' }, title)))),
    h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map(cell))))));
}

/** @param {any[]} failures @param {(id: string, button: HTMLButtonElement) => void} replay */
export function failureTable(failures, replay) {
  const rows = failures.map(({ id, operation, failure, finishedAt, attempts }) => [
    [h('strong', {}, operation ?? '?'), h('br'), h('small.mono', {}, id)],
    [h('span.tag.code', {}, failure?.code ?? '?'), ' ', failure?.message ?? ''],
    h('span', { title: `${attempts} attempts` }, ago(finishedAt)),
    h('button', { onclick: (/** @type {any} */ event) => replay(id, event.target) }, 'Replay'),
  ]);
  return table([['job'], ['why', 'wide'], ['when', 'moment'], ['']], rows, 'No failed jobs. What fails is kept here, to be looked at and replayed.');
}

/**
 * @param {any[]} models @param {(name: string, version: string) => void} open
 * @param {(name: string, version: string) => Node} pageLink
 */
export function modelTable(models, open, pageLink) {
  const rows = models.map(({ name, version, alias, shipped, createdAt, metrics, hasPage }) => [
    [h('strong', {}, name), h('br'), h('small.mono', {}, version)],
    [alias && h(`span.tag.${alias}`, {}, alias), shipped && h('span.tag', {}, 'shipped')],
    metricTags(metrics),
    h('span', {}, ago(createdAt)),
    [h('button', { onclick: () => open(name, version) }, 'Card'), hasPage && ' ', hasPage && pageLink(name, version)],
  ]);
  return table([['model'], ['state'], ['metrics', 'wide'], ['trained', 'moment'], ['']], rows, 'No models yet.');
}

/** @param {Record<string, any>} metrics */
function metricTags(metrics) {
  const plain = leaves(metrics).filter(([, value]) => typeof value === 'number');
  return plain.slice(0, SHOWN_METRICS).map(([name, value]) => h('span.tag', {}, `${name} ${rounded(value)}`));
}

/** Numbers first as they stand, then those of inner groups. @param {Record<string, any>} metrics @returns {[string, any][]} */
function leaves(metrics) {
  const entries = Object.entries(metrics);
  const inner = entries.filter(([, value]) => value !== null && typeof value === 'object');
  return [
    ...entries.filter(([, value]) => typeof value === 'number'),
    ...inner.flatMap(([group, value]) => Object.entries(value).map(([name, number]) => /** @type {[string, any]} */ ([`${group} ${name}`, number]))),
  ];
}

/** @param {number} value */
const rounded = (value) => (Number.isInteger(value) ? count(value) : Math.abs(value) >= 0.001 ? value.toFixed(3).replace(/0+$/, '') : value.toExponential(1));

/** @param {any[]} workers @param {any[]} bridges */
export function workerTable(workers, bridges) {
  const lives = workers.map(({ name, queue, host, pid, concurrency, startedAt, versions, stats, draining, operations }) => [
    [h('strong', {}, `worker ${queue}`), draining && ' ', draining && h('span.tag.degraded', {}, 'draining'), h('br'), h('small.mono', {}, `${host}:${pid}`)],
    h('span', { title: name }, `${Object.keys(operations ?? {}).length} operations, ${concurrency ?? 1} at once`),
    Object.entries(versions ?? {}).slice(0, 4).map(([title, version]) => h('span.tag', {}, `${title} ${version}`)),
    stats?.rssMb ? `${count(stats.rssMb)} MB` : '–',
    startedAt ? time(Date.now() - startedAt) : '–',
  ]);
  const carriers = bridges.map(({ id, host, pid, queues, at }) => {
    const sum = (/** @type {string} */ key) => Object.values(queues ?? {}).reduce((total, queue) => total + (/** @type {any} */ (queue)[key] ?? 0), 0);
    return [
      [h('strong', {}, 'bridge'), h('br'), h('small.mono', {}, `${host}:${pid}`)],
      `${count(sum('done'))} done, ${count(sum('failed'))} failed, ${count(sum('resends'))} sent again`,
      h('span.mono', {}, String(id).slice(0, 8)), '–', `seen ${ago(at)}`,
    ];
  });
  return table([['process'], ['work', 'wide'], ['versions', 'wide'], ['memory'], ['up']], [...carriers, ...lives], 'No process has a record in Redis: nothing runs.');
}

/** A card as nested lists of names and values. @param {any} value @returns {any} */
export function cardOf(value) {
  if (typeof value === 'number') return h('span.mono', {}, Number.isInteger(value) ? value : Number(value.toPrecision(6)));
  if (value === null || typeof value !== 'object') return h('span', {}, String(value ?? '–'));
  if (!Array.isArray(value)) return h('dl.tree', {}, ...Object.entries(value).map(([key, inner]) => branch(key, inner)));
  if (value.every((item) => item === null || typeof item !== 'object')) return h('span', {}, value.join(', ') || '–');
  return h('div', {}, ...value.map(cardOf));
}

/** @param {string} key @param {any} value */
function branch(key, value) {
  const isDeep = value !== null && typeof value === 'object' && Object.values(value).some((inner) => inner !== null && typeof inner === 'object');
  return h(isDeep ? 'div.deep' : 'div', {}, h('dt', {}, key), h('dd', {}, cardOf(value)));
}
