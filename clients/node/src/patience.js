/** How long a close waits for a connection to say goodbye. */
export const CLOSE_MS = 1_500;

/**
 * What the promise gives, or nothing once the time is up: BullMQ's own `close` waits for ever where the connection that
 * it closes is just coming back. A rejection counts as an end.
 * @param {Promise<unknown> | undefined} promise @param {number} ms
 */
export async function atMost(promise, ms) {
  /** @type {NodeJS.Timeout | undefined} */ let timer;
  const late = new Promise((done) => (timer = setTimeout(done, ms)));
  await Promise.race([Promise.resolve(promise).catch(() => {}), late]);
  clearTimeout(timer);
}
