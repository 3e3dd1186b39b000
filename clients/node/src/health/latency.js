/** The last answers' times of one service, and their percentiles. */
const SIZE = 512;

export class Latency {
  constructor() {
    this.ring = new Float64Array(SIZE);
    this.count = 0;
  }

  /** @param {number} ms */
  add(ms) {
    this.ring[this.count++ % SIZE] = ms;
  }

  /** Percentiles in ms over the last 512 answers; null before the first. */
  report() {
    const sorted = this.ring.slice(0, Math.min(this.count, SIZE)).sort();
    const at = (/** @type {number} */ share) =>
      sorted.length ? Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2)) : null;
    return { count: this.count, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}
