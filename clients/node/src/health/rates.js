/** Jobs a second that end in each queue, by the totals that the bridges keep. */
import { SERVICES } from '../catalog.js';

const WINDOW_MS = 10_000;

export class Rates {
  constructor() {
    /** @type {{at: number, totals: Record<string, number>}[]} */
    this.history = [];
  }

  /** @param {import('../discovery.js').Census} census */
  note({ bridges, at }) {
    if (this.history.at(-1)?.at === at) return;
    const ended = (/** @type {string} */ queue) =>
      bridges.reduce((sum, { queues }) => sum + (queues[queue]?.done ?? 0) + (queues[queue]?.failed ?? 0), 0);
    this.history.push({ at, totals: Object.fromEntries(SERVICES.map((queue) => [queue, ended(queue)])) });
    while (this.history.length > 2 && at - this.history[1].at > WINDOW_MS) this.history.shift();
  }

  /** @param {string} queue */
  of(queue) {
    const [first, last] = [this.history.at(0), this.history.at(-1)];
    if (!first || !last || first === last) return 0;
    const ended = Math.max(0, last.totals[queue] - first.totals[queue]); // a bridge that restarts begins at 0
    return Number(((ended * 1000) / (last.at - first.at)).toFixed(1));
  }
}
