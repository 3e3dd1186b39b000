/** The overview page, and the one document that it draws. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SERVICES } from '../catalog.js';
import { SobaError } from '../errors.js';
import { send, sendText } from '../router/http.js';
import { Models } from './models.js';

/** @typedef {import('express').Request} Request */
/** @typedef {import('express').Response} Response */
/** @typedef {import('../client.js').Client} Client */
/** @typedef {import('../health/monitor.js').HealthMonitor} HealthMonitor */

const SCRIPTS = ['dom.js', 'charts.js', 'services.js', 'tables.js', 'main.js'];
const SHOWN_FAILURES = 25;
// Nothing runs in a card, nothing is fetched, nothing sent; its charts and bars are styled where they stand.
const CARD_POLICY = `default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox`;

/**
 * The page itself holds no data, so that it can ask for a key where one is wanted: without one it comes with 401.
 * @param {import('../router/access.js').Authenticate | false} authenticate
 */
export function pageRoute(authenticate) {
  const page = read('page.html').replace('/* style */', () => read('page.css')).replace('/* script */', () => bundle());
  return async (/** @type {Request} */ req, /** @type {Response} */ res) => {
    const isKnown = !authenticate || Boolean(await authenticate(req));
    if (!isKnown && !/text\/html/.test(req.headers.accept ?? '')) throw new SobaError('UNAUTHORIZED', 'no or a wrong API key');
    const nonce = randomBytes(16).toString('base64');
    const policy = [`default-src 'none'`, `script-src 'nonce-${nonce}'`, `style-src 'nonce-${nonce}'`, `connect-src 'self'`,
      `img-src data:`, `base-uri 'none'`, `form-action 'none'`, `frame-ancestors 'none'`];
    sendText(res, isKnown ? 200 : 401, page.replaceAll('__NONCE__', nonce).replace('__BASE__', () => req.baseUrl), {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'referrer-policy': 'no-referrer',
    });
  };
}

/**
 * @param {import('express').Router} router
 * @param {{client: Client, monitor: HealthMonitor, links?: {flower?: string, bullBoard?: string},
 *   models?: {registry?: string, shipped?: string}}} options
 */
export function mountOverview(router, { client, monitor, links = {}, models = {} }) {
  const cards = new Models(models);
  router.get('/overview.json', async (_req, res) => send(res, 200, { ...(await facts(client, monitor)), models: await cards.list(), links }));
  router.get('/models', async (_req, res) => send(res, 200, { models: await cards.list() }));
  router.get('/models/:name/:version/card', async (req, res) =>
    send(res, 200, await cards.card(req.params.name, req.params.version)));
  router.get('/models/:name/:version/card.html', async (req, res) =>
    sendText(res, 200, await cards.page(req.params.name, req.params.version), {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': CARD_POLICY,
      'referrer-policy': 'no-referrer',
    }));
}

/** @param {Client} client @param {HealthMonitor} monitor */
async function facts(client, monitor) {
  const health = await monitor.report();
  if (!health.redis.reachable) return { health, workers: [], bridges: [], failures: [], probes: {}, poison: 0 };
  const { workers, bridges } = monitor.snapshot.census;
  const [failures, probes, poison] = await Promise.all([
    client.jobs.recentFailures({ count: SHOWN_FAILURES }),
    probesOf(client, monitor),
    client.lanes.redis.llen('soba:poison'),
  ]);
  return { health, workers, bridges, failures, probes, poison };
}

/**
 * The last hour's probes of each queue, oldest first: beat's, and this process's own where beat has none.
 * @param {Client} client @param {HealthMonitor} monitor
 */
async function probesOf(client, monitor) {
  const asked = client.lanes.redis.pipeline();
  for (const queue of SERVICES) asked.lrange(`soba:probe:${queue}`, 0, 119);
  const replies = /** @type {[Error | null, string[]][]} */ (await asked.exec());
  return Object.fromEntries(
    SERVICES.map((queue, index) => {
      const beats = (replies[index][1] ?? []).map((text) => JSON.parse(text)).reverse();
      return [queue, beats.length ? beats : monitor.services[queue].probes];
    }),
  );
}

/** The page's modules as one, so that it needs no second request. */
function bundle() {
  return SCRIPTS.map((name) => read(name).replace(/^import .*$/gm, '').replace(/^export /gm, '')).join('\n');
}

/** @param {string} name */
function read(name) {
  return readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8');
}
