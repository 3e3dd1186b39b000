/**
 * The Express router: mount it with `app.use(createRouter({ client, authenticate }))` and it serves `/api/python/...`
 * and `/api/health/...`; mounted under a path, as in `app.use('/ml', createRouter(...))`, it serves what is below it.
 *
 * @typedef {import('express').Request} Request
 * @typedef {import('express').Response} Response
 * @typedef {import('express').NextFunction} NextFunction
 * @typedef {object} RouterOptions
 * @property {import('../client.js').Client} client
 * @property {import('./access.js').Authenticate | false} authenticate who may call; false opens every route, aloud
 * @property {import('./access.js').RateLimit} [rateLimit]
 * @property {import('../health/monitor.js').HealthMonitor} [monitor] made and started where none is given
 * @property {{flower?: string, bullBoard?: string}} [links] shown on the overview page
 * @property {{registry?: string, shipped?: string}} [models] folders of the model registry and of the shipped models
 * @property {(message: string) => void} [warn]
 */
import express from 'express';
import { packagedOpenApi } from '../catalog.js';
import { SobaError } from '../errors.js';
import { createHealthMonitor } from '../health/monitor.js';
import { newId } from '../job-id.js';
import { mountOverview, pageRoute } from '../overview/overview.js';
import { rateLimiter } from './access.js';
import { mountHealth } from './health.js';
import { send, sendError } from './http.js';
import { mountJobs } from './jobs.js';
import { operationRoute } from './operations.js';

const BASE = '/api/python';
const REQUEST_ID = /^[\w.:/+=@-]{1,128}$/;

/** @param {RouterOptions} options @returns {import('express').Router} */
export function createRouter(options) {
  const { client, authenticate, rateLimit, warn = console.warn } = options;
  if (authenticate === undefined) throw new TypeError('createRouter needs authenticate; pass false to leave every route open');
  if (authenticate === false) warn('soba: authenticate is false, so every route is open to all who can reach it');
  const monitor = options.monitor ?? createHealthMonitor({ client });

  const open = express.Router();
  mountHealth(open, monitor);
  open.get('/overview', pageRoute(authenticate));
  const closed = express.Router();
  const limit = rateLimit && rateLimiter(rateLimit);
  closed.use(async (req, _res, next) => {
    if (authenticate && !(await authenticate(req))) throw new SobaError('UNAUTHORIZED', 'no or a wrong API key');
    limit?.(req);
    next();
  });
  closed.get('/openapi.json', (_req, res) => send(res, 200, packagedOpenApi()));
  mountOverview(closed, { ...options, monitor });
  mountJobs(closed, client);
  closed.all('/:domain/:operation', operationRoute(client));
  closed.use((req) => {
    throw new SobaError('NOT_FOUND', `nothing at ${req.method} ${req.originalUrl.split('?')[0]}`);
  });
  return mounted(open, closed);
}

/**
 * @param {import('express').Router} open @param {import('express').Router} closed
 */
function mounted(open, closed) {
  const router = express.Router();
  const all = express.Router();
  all.use(open, closed, onError);
  const health = express.Router();
  health.use((req, _res, next) => {
    req.url = `/health${req.url}`;
    next();
  });
  health.use(open, onError);
  router.use(withRequestId);
  router.use(BASE, all);
  router.use('/api/health', health);
  router.use((req, res, next) => (req.baseUrl ? all(req, res, next) : next()));
  return router;
}

/** @param {Request} req @param {Response} res @param {NextFunction} next */
function withRequestId(req, res, next) {
  const given = req.headers['x-request-id'];
  res.locals ??= {};
  res.locals.requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
  res.setHeader('x-request-id', res.locals.requestId);
  next();
}

/** @param {unknown} error @param {Request} _req @param {Response} res @param {NextFunction} _next */
function onError(error, _req, res, _next) {
  sendError(res, error);
}
