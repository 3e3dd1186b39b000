/** The three health routes, open to load balancers and Prometheus without a key. */
import { send, sendText } from './http.js';

/** @param {import('express').Router} router @param {import('../health/monitor.js').HealthMonitor} monitor */
export function mountHealth(router, monitor) {
  router.get('/health', async (_req, res) => {
    const report = await monitor.report();
    send(res, report.status === 'down' ? 503 : 200, report);
  });
  router.get('/health/metrics', async (_req, res) => {
    sendText(res, 200, await monitor.metrics(), { 'content-type': monitor.prometheus.contentType });
  });
  router.get('/health/service/:name', async (req, res) => {
    const report = await monitor.service(req.params.name);
    send(res, report.status === 'down' ? 503 : 200, report);
  });
}
