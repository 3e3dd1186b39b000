#!/usr/bin/env node
/**
 * CPU a job of the client against bare BullMQ (`queue.add` and `job.waitUntilFinished`): a process each, in turns in one
 * run, against workers in a third. Prints both and their ratio. Rounds much shorter than the default measure how long the
 * compiler takes to warm up to more code, not what a job costs.
 *
 *   node bench/overhead.mjs [--jobs 6000] [--rounds 5] [--outstanding 100] [--redis URL]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { createClient } from '../index.js';
import { startServer } from '../test/support/server.mjs';

const KEEP = { age: 3_600, count: 10_000 };
const BARE = 'ml';
const OURS = 'fraud';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '6000' },
    rounds: { type: 'string', default: '5' },
    outstanding: { type: 'string', default: '100' },
    redis: { type: 'string' },
    role: { type: 'string', default: 'lead' },
  },
});

const connect = () => new Redis(String(values.redis), { maxRetriesPerRequest: null });

const payload = (/** @type {number} */ i) => ({
  echo: { txId: `tx-${i}`, wallet: `0x${'ab'.repeat(20)}`, features: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], pad: 'x'.repeat(120) },
});

/** Answers pings on both queues. */
async function work() {
  for (const queue of [BARE, OURS])
    await new Worker(queue, async ({ data }) => ({ echo: data.input.echo }), { connection: connect(), concurrency: 200 }).waitUntilReady();
}

/** @returns {Promise<(i: number) => Promise<unknown>>} */
async function bareCall() {
  const queue = new Queue(BARE, { connection: connect() });
  const events = new QueueEvents(BARE, { connection: connect() });
  queue.setMaxListeners(0); // waitUntilFinished adds some for each job
  events.setMaxListeners(0);
  await events.waitUntilReady();
  return async (i) => {
    const job = await queue.add(`${BARE}.ping`, { input: payload(i) }, { removeOnComplete: KEEP, removeOnFail: KEEP });
    return job.waitUntilFinished(events, 30_000);
  };
}

async function clientCall() {
  const client = createClient({ redisUrl: values.redis });
  return (/** @type {number} */ i) => client.run(`${OURS}.ping`, payload(i));
}

/** Runs a round at each message, and answers with CPU microseconds a job. @param {(i: number) => Promise<unknown>} call */
function serveRounds(call) {
  process.on('message', async () => {
    const jobs = Number(values.jobs);
    let next = 0;
    const before = process.cpuUsage();
    const lane = async () => {
      while (next < jobs) await call(next++);
    };
    await Promise.all(Array.from({ length: Number(values.outstanding) }, lane));
    const { user, system } = process.cpuUsage(before);
    process.send?.((user + system) / jobs);
  });
}

/** @param {number[]} numbers */
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function lead() {
  const server = values.redis ? undefined : await startServer();
  const args = ['--redis', values.redis ?? String(server?.url), '--jobs', values.jobs, '--outstanding', values.outstanding];
  const start = async (/** @type {string} */ role) => {
    const child = fork(fileURLToPath(import.meta.url), [...args, '--role', role]);
    await once(child, 'message');
    return child;
  };
  const worker = await start('worker');
  const sides = [await start('bare'), await start('client')];
  /** @type {number[][]} */ const spent = [[], []];
  for (let round = -1; round < Number(values.rounds); round++)
    for (const [side, child] of sides.entries()) {
      child.send('go');
      const [cpu] = await once(child, 'message');
      if (round >= 0) spent[side].push(cpu); // the first round warms up
    }
  const [bare, ours] = spent.map(median);
  console.log(`CPU a job, median of ${values.rounds} rounds of ${values.jobs} jobs, ${values.outstanding} outstanding`);
  console.log(`bare BullMQ   ${bare.toFixed(1)} µs`);
  console.log(`this client   ${ours.toFixed(1)} µs`);
  console.log(`ratio         ${(ours / bare).toFixed(3)} (bar: below 1.15)`);
  [worker, ...sides].forEach((child) => child.kill());
  await server?.stop();
}

const roles = { lead, worker: work, bare: async () => serveRounds(await bareCall()), client: async () => serveRounds(await clientCall()) };
await roles[/** @type {keyof typeof roles} */ (values.role)]();
process.send?.('ready');
