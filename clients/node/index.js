/** @soba/client: machine learning for the Soba exchange, called from Node. */
export { Client, createClient } from './src/client.js';
export { Catalog } from './src/catalog.js';
export { CODES, SobaError } from './src/errors.js';
export { JobHandle } from './src/job-handle.js';
export { HealthMonitor, createHealthMonitor } from './src/health/monitor.js';
export { bearer } from './src/router/access.js';
export { createRouter } from './src/router/router.js';
