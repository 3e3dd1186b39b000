/**
 * How full every queue is, in one trip and a half to Redis.
 *
 * @typedef {object} Depth
 * @property {number} waiting including those with a priority
 * @property {number} active
 * @property {number} delayed
 * @property {number} failed dead letters
 * @property {number} oldestAgeMs age of the job that has waited longest
 */
import { SERVICES } from '../catalog.js';

/** @param {import('../lanes.js').Lanes} lanes @returns {Promise<Record<string, Depth>>} */
export async function depths(lanes) {
  const asked = lanes.redis.pipeline();
  for (const queue of SERVICES)
    asked
      .llen(lanes.key(queue, 'wait'))
      .llen(lanes.key(queue, 'paused'))
      .zcard(lanes.key(queue, 'prioritized'))
      .llen(lanes.key(queue, 'active'))
      .zcard(lanes.key(queue, 'delayed'))
      .zcard(lanes.key(queue, 'failed'))
      .lindex(lanes.key(queue, 'wait'), -1);
  const values = (await asked.exec())?.map(([error, value]) => (error ? 0 : value)) ?? [];
  const rows = SERVICES.map((_, index) => values.slice(7 * index, 7 * index + 7));
  const ages = await oldestAges(lanes, rows.map((row) => /** @type {string | null} */ (row[6])));
  return Object.fromEntries(
    SERVICES.map((queue, index) => {
      const [wait, paused, prioritized, active, delayed, failed] = rows[index].map(Number);
      return [queue, { waiting: wait + paused + prioritized, active, delayed, failed, oldestAgeMs: ages[index] }];
    }),
  );
}

/** @param {import('../lanes.js').Lanes} lanes @param {(string | null)[]} ids the oldest waiting job of each queue */
async function oldestAges(lanes, ids) {
  if (!ids.some(Boolean)) return ids.map(() => 0);
  const asked = lanes.redis.pipeline();
  ids.forEach((id, index) => asked.hget(lanes.key(SERVICES[index], id ?? ''), 'timestamp'));
  const replies = (await asked.exec()) ?? [];
  return replies.map(([, timestamp]) => (timestamp ? Math.max(0, Date.now() - Number(timestamp)) : 0));
}
