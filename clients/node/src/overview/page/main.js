/** Fetches the facts every five seconds and draws them. */
import { at, h } from './dom.js';
import { serviceCards } from './services.js';
import { cardOf, failureTable, modelTable, workerTable } from './tables.js';

const EVERY_MS = 5_000;
const base = document.body.dataset.base ?? '';
let key = sessionStorage.getItem('soba-key');
let drawnAt = 0;

/** @param {string} path @param {string} [method] */
async function ask(path, method = 'GET') {
  const headers = /** @type {Record<string, string>} */ (key ? { authorization: `Bearer ${key}` } : {});
  const reply = await fetch(base + path, { method, headers, credentials: 'same-origin' });
  if (reply.ok && reply.headers.get('content-type')?.startsWith('text/html')) return reply.blob();
  const body = await reply.json();
  if (!reply.ok) throw Object.assign(new Error(body.message ?? reply.statusText), { status: reply.status });
  return body;
}

async function refresh() {
  try {
    const facts = await ask('/overview.json');
    draw(facts);
    drawnAt = Date.now();
    say('');
    lock(false);
  } catch (error) {
    const { status, message } = /** @type {any} */ (error);
    lock(status === 401);
    say(status === 401 ? (key ? 'This key is not the right one.' : '') : `The gateway does not answer: ${message}. What is shown may be old.`);
  }
}

/** @param {any} facts */
function draw(facts) {
  const { health, failures, models, workers, bridges, poison, links } = facts;
  at('overall').textContent = health.status;
  at('overall').className = `pill ${health.status}`;
  at('services').replaceChildren(...serviceCards(facts));
  at('failures').replaceChildren(failureTable(failures, replay));
  at('failures-note').textContent = poison ? `${poison} poison messages parked` : failures.length ? 'the newest, of all queues' : '';
  at('models').replaceChildren(modelTable(models, openCard, pageLink));
  at('workers').replaceChildren(workerTable(workers, bridges));
  const tools = [['Flower', links.flower], ['bull-board', links.bullBoard], ['API', !key && `${base}/openapi.json`]];
  at('links').replaceChildren(...tools.filter(([, url]) => url).map(([title, url]) => h('a', { href: url, rel: 'noreferrer' }, title)));
  const { contract } = health;
  if (contract.status === 'differs') at('fresh').title = `gateway ${contract.client}, workers ${contract.workers.join(', ')}`;
}

/** @param {string} id @param {HTMLButtonElement} button */
async function replay(id, button) {
  button.disabled = true;
  try {
    await ask(`/jobs/${encodeURIComponent(id)}/replay`, 'POST');
    button.textContent = 'Replayed';
  } catch (error) {
    say(`${id}: ${/** @type {Error} */ (error).message}`);
  }
}

/** @param {string} name @param {string} version */
async function openCard(name, version) {
  try {
    const card = await ask(`/models/${encodeURIComponent(name)}/${encodeURIComponent(version)}/card`);
    at('card-title').textContent = `${name} ${version}`;
    at('card-body').replaceChildren(cardOf(card));
    at('card').showModal();
  } catch (error) {
    say(`${name}: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * A link to a card's page. A link cannot carry a key: with one, the page is fetched and saved.
 * @param {string} name @param {string} version
 */
function pageLink(name, version) {
  const path = `/models/${encodeURIComponent(name)}/${encodeURIComponent(version)}/card.html`;
  const save = async (/** @type {Event} */ event) => {
    if (!key) return;
    event.preventDefault();
    try {
      const url = URL.createObjectURL(await ask(path));
      h('a', { href: url, download: `${name}-${version}.html` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    } catch (error) {
      say(`${name}: ${/** @type {Error} */ (error).message}`);
    }
  };
  return h('a', { href: base + path, target: '_blank', rel: 'noopener', onclick: save }, 'Page');
}

/** @param {string} text */
function say(text) {
  at('notice').textContent = text;
  at('notice').hidden = !text;
}

/** @param {boolean} isLocked whether a key is asked for */
function lock(isLocked) {
  at('key').hidden = !isLocked;
  at('content').hidden = isLocked;
  if (isLocked) at('overall').textContent = 'locked';
}

at('key').addEventListener('submit', (/** @type {Event} */ event) => {
  event.preventDefault();
  key = at('secret').value;
  sessionStorage.setItem('soba-key', key ?? '');
  void refresh();
});
at('card-close').addEventListener('click', () => at('card').close());
setInterval(() => document.hidden || void refresh(), EVERY_MS);
setInterval(() => {
  if (drawnAt) at('fresh').textContent = `${Math.round((Date.now() - drawnAt) / 1000)} s old`;
}, 1_000);
void refresh();
