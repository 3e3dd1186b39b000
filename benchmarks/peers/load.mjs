// Load on a BullMQ queue. Usage: load.mjs URL QUEUE NAME MODE COUNT OUTSTANDING [INPUT_FILE]
// MODE rate: jobs a second with so many outstanding; MODE latency: one job at a time, 50 a second.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../clients/node/package.json', import.meta.url));
const { Queue, QueueEvents } = require('bullmq');
const { Redis } = require('ioredis');

const [url, queueName, name, mode, countText, outstandingText, file] = process.argv.slice(2);
const count = Number(countText), outstanding = Number(outstandingText);
const inputs = file ? readFileSync(file, 'utf8').trim().split('\n').map(line => JSON.parse(line))
  : [{ echo: { txId: 'tx-1', wallet: `0x${'ab'.repeat(20)}`, features: [0.1, 0.2, 0.3], pad: 'x'.repeat(120) } }];
const connection = () => new Redis(url, { maxRetriesPerRequest: null });
const queue = new Queue(queueName, { connection: connection() });
const events = new QueueEvents(queueName, { connection: connection() });
await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
events.setMaxListeners(0);
await new Promise(done => setTimeout(done, 500)); // a new QueueEvents misses what happens before its first read
const opts = { removeOnComplete: { count: 3000 }, removeOnFail: { count: 3000 } };
const job = i => ({ name, data: { input: inputs[i % inputs.length] }, opts });
const sleep = ms => new Promise(done => setTimeout(done, ms));

async function latency() {
  const took = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    const added = await queue.add(name, job(i).data, opts);
    await added.waitUntilFinished(events, 30_000);
    took.push(performance.now() - start);
    await sleep(20 * (0.5 + Math.random()));
  }
  took.sort((a, b) => a - b);
  const at = share => Number(took[Math.min(took.length - 1, Math.floor(took.length * share))].toFixed(2));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

async function rate() {
  const chunk = Math.min(200, outstanding);
  let added = 0, done = 0, failed = 0;
  const start = performance.now(), cpu = process.cpuUsage();
  await new Promise(resolve => {
    const pump = () => {
      while (added < count && added - done + chunk <= outstanding) {
        const size = Math.min(chunk, count - added);
        queue.addBulk(Array.from({ length: size }, (_, k) => job(added + k)));
        added += size;
      }
    };
    const ended = () => { if (++done === count) resolve(); else if (added - done + chunk <= outstanding) pump(); };
    events.on('completed', ended);
    events.on('failed', () => { failed++; ended(); });
    pump();
  });
  const { user, system } = process.cpuUsage(cpu);
  return { rate: Math.round(count / ((performance.now() - start) / 1000)), failed, loadCpu: user + system };
}

console.log(JSON.stringify(mode === 'rate' ? await rate() : await latency()));
process.exit(0);
