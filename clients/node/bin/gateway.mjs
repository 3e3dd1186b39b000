#!/usr/bin/env node
/**
 * The REST gateway: the package's router on Express 5, an overview page at `/`. Settings come from the environment:
 * SOBA_REDIS_URL, SOBA_CACHE_URL, SOBA_BULL_PREFIX, SOBA_GATEWAY_HOST, SOBA_GATEWAY_PORT, SOBA_API_KEY, SOBA_FLOWER_URL,
 * SOBA_HOME. Without a key it listens on loopback alone.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { SobaError, bearer, createClient, createHealthMonitor, createRouter } from '../index.js';

const DRAIN_MS = 10_000;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);
const setting = (/** @type {string} */ name) => process.env[`SOBA_${name}`] || undefined;

const redisUrl = setting('REDIS_URL');
const host = setting('GATEWAY_HOST') ?? '127.0.0.1';
const port = Number(setting('GATEWAY_PORT') ?? 8080);
const key = setting('API_KEY');
if (!key && !LOOPBACK.has(host)) {
  console.error(`gateway: refuses to listen on ${host} without SOBA_API_KEY; set a key, or listen on 127.0.0.1`);
  process.exit(2);
}

const client = createClient({ redisUrl, cacheUrl: setting('CACHE_URL') ?? redisUrl, prefix: setting('BULL_PREFIX') });
client.on('warning', throttled((/** @type {Error} */ error) => console.error(`gateway: ${error.message}`)));
client.on('breaker', ({ service, from, to, reason }) => console.log(`gateway: circuit ${service} ${from} -> ${to}: ${reason}`));
const monitor = createHealthMonitor({ client });
monitor.on('status', ({ service, from, to, reasons }) =>
  console.log(`gateway: ${service} ${from} -> ${to}${reasons.length ? `: ${reasons.join('; ')}` : ''}`));

const app = express();
app.disable('x-powered-by');
app.use((req, _res, next) => {
  if (req.path === '/') req.url = '/api/python/overview';
  if (req.path === '/openapi.json') req.url = '/api/python/openapi.json';
  next();
});
app.use(
  createRouter({
    client,
    monitor,
    authenticate: key ? bearer(key) : false,
    warn: () => {}, // said in the line below
    links: { flower: setting('FLOWER_URL') },
    models: {
      registry: join(setting('HOME') ?? '.soba', 'models'),
      shipped: fileURLToPath(new URL('../../../models/pretrained', import.meta.url)),
    },
  }),
);
app.use((/** @type {import('express').Request} */ req, /** @type {import('express').Response} */ res) => {
  const error = new SobaError('NOT_FOUND', `nothing at ${req.path}`, { requestId: res.locals.requestId });
  res.status(404).json(error);
});

const server = app.listen(port, host, (/** @type {Error | undefined} */ error) => {
  if (error) {
    console.error(`gateway: cannot listen on ${host}:${port}: ${error.message}`);
    process.exit(1);
  }
  const { port: bound } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const access = key ? 'an API key is wanted' : 'open to everyone on this machine (no SOBA_API_KEY)';
  console.log(`gateway: listening on http://${host}:${bound}, ${access}`);
});

let isDraining = false;
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT']))
  process.on(signal, async () => {
    if (isDraining) return;
    isDraining = true;
    setTimeout(() => process.exit(0), DRAIN_MS + 2_000).unref();
    server.close();
    server.closeIdleConnections();
    monitor.stop();
    await client.close({ drainMs: DRAIN_MS });
    server.closeAllConnections();
    process.exit(0);
  });

/** At most one call a second: a lost Redis is one fault, not a thousand lines. @param {(error: Error) => void} log */
function throttled(log) {
  let last = 0;
  return (/** @type {Error} */ error) => {
    if (Date.now() - last < 1_000) return;
    last = Date.now();
    log(error);
  };
}
