import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import express from 'express';
import { SobaError, bearer, createHealthMonitor, createRouter } from '../index.js';
import { chromiumPath, openBrowser } from './support/browser.mjs';
import { eventually, startStack } from './support/stack.mjs';

const SERVICES = ['ml', 'nlp', 'fraud', 'data', 'blockchain', 'bulk'];
const EVIL = '<img src=x onerror=alert(1)>';
let broken = true;
const fail = () => { if (broken) throw new SobaError('INTERNAL', EVIL); return { language: 'en' }; };
const stack = await startStack({ handlers: { 'nlp.detect-language': fail } });
const monitor = createHealthMonitor({ client: stack.client, intervalMs: 1_000 });
const folder = mkdtempSync(join(tmpdir(), 'soba-page-'));
mkdirSync(join(folder, 'toy', 'versions', 'v1'), { recursive: true });
writeFileSync(join(folder, 'toy', 'versions', 'v1', 'card.json'), JSON.stringify({ model: 'toy', metrics: { auc: 0.91 }, data: { name: EVIL } }));
writeFileSync(join(folder, 'toy', 'versions', 'v1', 'card.html'), '<!doctype html><style>h1{color:rgb(1,2,3)}</style><h1>toy</h1><script>document.title="ran"</script>');
mkdirSync(join(folder, 'bare', 'versions', 'v1'), { recursive: true });
writeFileSync(join(folder, 'bare', 'versions', 'v1', 'card.json'), '{}');
await stack.server.redis.lpush('soba:probe:fraud', JSON.stringify({ at: Date.now() - 60_000, ok: false, latencyMs: null, error: 'no answer' }));

/** @param {any} authenticate */
async function serve(authenticate) {
  const app = express();
  const links = { flower: 'http://127.0.0.1:5555/' };
  app.use(createRouter({ client: stack.client, monitor, authenticate, links, models: { registry: folder }, warn: () => {} }));
  const server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  after(() => { server.close(); server.closeAllConnections(); });
  return `http://127.0.0.1:${/** @type {any} */ (server.address()).port}/api/python/overview`;
}
after(() => {
  monitor.stop();
  rmSync(folder, { recursive: true });
});

test('the page holds no data, allows nothing from elsewhere, and is not kept', async () => {
  const reply = await fetch(await serve(false));
  const policy = String(reply.headers.get('content-security-policy'));
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  assert.equal(reply.headers.get('cache-control'), 'no-store');
  const page = await reply.text();
  assert.doesNotMatch(page, /(src|href)="https?:/);
  assert.doesNotMatch(page, /__NONCE__|__BASE__|^import /m);
});

test('a card is there as a page in which nothing runs; only its reader needs the key', async () => {
  const models = (await serve(false)).replace('overview', 'models');
  const reply = await fetch(`${models}/toy/v1/card.html`);
  assert.equal(reply.status, 200);
  assert.match(await reply.text(), /<h1>toy/);
  const policy = String(reply.headers.get('content-security-policy'));
  assert.match(policy, /default-src 'none'.*; sandbox$/);
  assert.doesNotMatch(policy, /script-src|https?:|\*/);
  const { models: listed } = /** @type {any} */ (await (await fetch(models)).json());
  assert.deepEqual(Object.fromEntries(listed.map((/** @type {any} */ { name, hasPage }) => [name, hasPage])), { toy: true, bare: false });
  for (const path of ['bare/v1', 'toy/v2', 'toy/..%2Fv1', '..%2Ftoy/v1', 'nobody/v1'])
    assert.equal((await fetch(`${models}/${path}/card.html`)).status, 404, path);
  const closed = (await serve(bearer('sesame'))).replace('overview', 'models');
  assert.equal((await fetch(`${closed}/toy/v1/card.html`)).status, 401);
});

describe('in a browser', { skip: chromiumPath ? false : 'no Chromium on this machine' }, async () => {
  const browser = chromiumPath ? await openBrowser() : /** @type {any} */ (undefined);
  after(() => browser.close());

  /** @param {string} url @param {object} [options] */
  async function open(url, options = {}) {
    const page = await browser.newPage(options);
    const faults = /** @type {string[]} */ ([]);
    const asked = /** @type {string[]} */ ([]);
    page.on('console', (/** @type {any} */ message) => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', (/** @type {Error} */ error) => faults.push(String(error)));
    page.on('request', (/** @type {any} */ request) => asked.push(request.url()));
    await page.goto(url);
    return { page, faults, asked };
  }

  for (const [label, viewport] of /** @type {[string, {width: number, height: number}][]} */ ([['desktop', { width: 1280, height: 900 }], ['phone', { width: 390, height: 844 }]]))
    test(`on a ${label}: every service, failures, models and workers; nothing sticks out`, async () => {
      await stack.client.run('nlp.detect-language', { text: 'hello' }, { attempts: 1 }).catch(() => {});
      await eventually(async () => (await monitor.report()).status === 'healthy');
      const url = await serve(false);
      const { page, faults, asked } = await open(url, { viewport });
      await page.waitForSelector('article.card');
      assert.deepEqual(await page.locator('article.card h3').allTextContents(), SERVICES);
      assert.equal(await page.locator('#overall').textContent(), 'healthy');
      assert.ok(await page.locator('svg.chart rect.no').count() >= 1, 'the failed probe is a red bar');
      assert.match(await page.locator('#failures').textContent(), /nlp\.detect-language/);
      assert.match(await page.locator('#failures').textContent(), /<img src=x/, 'text of others stays text');
      assert.equal(await page.locator('#failures img').count(), 0);
      assert.match(await page.locator('#models').textContent(), /toy.*auc 0\.91/);
      assert.equal(await page.locator('#workers tbody tr').count(), 7);
      assert.equal(await page.locator('#links a', { hasText: 'Flower' }).count(), 1);
      assert.equal(await page.locator('#links a', { hasText: 'bull-board' }).count(), 0);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
      const shot = join(process.env.SOBA_SHOTS ?? folder, `overview-${label}.png`);
      await page.screenshot({ path: shot, fullPage: true });
      assert.ok(statSync(shot).size > 20_000);
      assert.deepEqual(faults, []);
      assert.ok(asked.every((asking) => asking.startsWith(new URL(url).origin) || asking.startsWith('data:')));
      await page.close();
    });

  test('a card opens and closes', async () => {
    const { page, faults } = await open(await serve(false));
    await page.locator('#models tr', { hasText: 'toy' }).getByRole('button', { name: 'Card' }).click();
    await page.waitForSelector('dialog[open] .tree');
    assert.match(await page.locator('#card-body').textContent(), /auc0\.91/);
    await page.getByRole('button', { name: 'Close' }).click();
    assert.equal(await page.locator('dialog[open]').count(), 0);
    assert.deepEqual(faults, []);
    await page.close();
  });

  test('the page of a card opens beside the overview, styled, with nothing running in it', async () => {
    const { page } = await open(await serve(false));
    const [card] = await Promise.all([page.waitForEvent('popup'), page.getByRole('link', { name: 'Page' }).first().click()]);
    assert.equal(await card.locator('h1').evaluate((/** @type {Element} */ h1) => getComputedStyle(h1).color), 'rgb(1, 2, 3)');
    assert.notEqual(await card.title(), 'ran');
    await card.close();
    await page.close();
  });

  test('with a key the page of a card is saved', async () => {
    const { page } = await open(await serve(bearer('sesame')));
    await page.fill('#secret', 'sesame');
    await page.getByRole('button', { name: 'Open' }).click();
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Page' }).first().click()]);
    assert.equal(saved.suggestedFilename(), 'toy-v1.html');
    await page.close();
  });

  test('Replay runs a failed job again', async () => {
    const { page } = await open(await serve(false));
    broken = false;
    const [{ id }] = await stack.client.jobs.failures('nlp');
    await page.locator('#failures tr', { hasText: id }).getByRole('button', { name: 'Replay' }).click();
    await eventually(async () => (await stack.client.job(id)).state === 'completed');
    broken = true;
    await page.close();
  });

  test('with a key: 401 and a form first, a wrong key is said, the right one opens, and is kept in the tab', async () => {
    const url = await serve(bearer('sesame'));
    const reply = await fetch(url, { headers: { accept: 'text/html' } });
    assert.equal(reply.status, 401);
    const { page } = await open(url);
    await page.waitForSelector('#key:not([hidden])');
    assert.equal(await page.locator('article.card').count(), 0);
    await page.fill('#secret', 'wrong');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.waitForSelector('#notice:not([hidden])');
    assert.match(await page.locator('#notice').textContent(), /not the right one/);
    await page.fill('#secret', 'sesame');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.waitForSelector('article.card');
    await page.reload();
    await page.waitForSelector('article.card');
    await page.close();
  });
});
