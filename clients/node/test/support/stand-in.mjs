/**
 * Stands in for the Python side over the same wire: real BullMQ workers that answer operations, write polling keys,
 * take cancels and publish the records that bridge and workers keep.
 *
 * @typedef {(input: any, context: {job: import('bullmq').Job, isCancelled: () => boolean,
 *   progress: (done: number, total: number) => Promise<void>}) => any} Handler throws SobaError for a failure
 * @typedef {object} Options
 * @property {string} url
 * @property {Record<string, Handler>} [handlers] by operation, beside the pings
 * @property {readonly string[]} [queues]
 * @property {string} [contract] version of the schemas that it says it serves
 * @property {number} [concurrency]
 * @property {Record<string, any>} [record] more for the worker's record
 */
import { UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Catalog, SobaError } from '../../index.js';
import { SERVICES } from '../../src/catalog.js';
import { atMost } from '../../src/patience.js';

const catalog = Catalog.packaged();

/** @type {Handler} */
const ping = ({ echo = null }) => ({ echo, worker: 'stand-in:1', versions: { node: process.version }, at: new Date().toISOString() });

/** @param {Options} options */
export async function standIn(options) {
  const { url, handlers = {}, queues = SERVICES, concurrency = 100 } = options;
  /** @type {Redis[]} */
  const connections = [];
  const connection = () => {
    const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    redis.on('error', () => {}); // servers are killed on purpose
    connections.push(redis);
    return redis;
  };
  const [commands, subscriber] = [connection(), connection()];
  /** @type {Set<string>} */
  const cancelled = new Set();
  subscriber.on('message', (_channel, ref) => cancelled.add(ref));
  await subscriber.subscribe('soba:cancel');
  /** @type {Map<string, number>} */
  const executed = new Map();

  /** @param {import('bullmq').Job} job */
  async function execute(job) {
    const ref = `${job.queueName}:${job.id}`;
    executed.set(ref, (executed.get(ref) ?? 0) + 1);
    const meta = (/** @type {string} */ status, /** @type {unknown} */ result) =>
      commands.set(`celery-task-meta-${ref}`, JSON.stringify({ status, result, task_id: ref }), 'EX', 86_400);
    try {
      const result = await answer(job, () => cancelled.has(ref));
      await meta('SUCCESS', result);
      return result;
    } catch (error) {
      const fault = SobaError.from(error, { requestId: job.data?.requestId });
      await meta('FAILURE', fault.toJSON());
      const text = JSON.stringify(fault);
      throw fault.retryable ? new Error(text) : new UnrecoverableError(text);
    }
  }

  /** @param {import('bullmq').Job} job @param {() => boolean} isCancelled */
  function answer(job, isCancelled) {
    const handler = handlers[job.name] ?? (job.name === `${job.queueName}.ping` ? ping : undefined);
    if (!handler) throw new SobaError('UNKNOWN_OPERATION', `${job.queueName} serves no ${job.name}`);
    if (job.data.deadline < Date.now()) throw new SobaError('DEADLINE_EXCEEDED', 'the deadline passed in the queue');
    const progress = async (/** @type {number} */ done, /** @type {number} */ total) => {
      if (isCancelled()) throw new SobaError('CANCELLED', 'the job was cancelled while it ran');
      await job.updateProgress({ done, total, stage: 'work', message: '' });
    };
    return handler(job.data.input, { job, isCancelled, progress });
  }

  const workers = queues.map((queue) => {
    const worker = new Worker(queue, execute, { connection: connection(), concurrency, drainDelay: 1 });
    worker.on('error', () => {}); // servers are killed on purpose
    return worker;
  });
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));

  const operations = Object.fromEntries(
    [...catalog.operations.values()].map(({ name, timeLimit }) => [name, { timeLimit }]),
  );
  async function publish() {
    const now = Date.now();
    const writing = commands.pipeline();
    for (const queue of queues) {
      const record = { name: `worker-${queue}`, queue, host: 'here', pid: 1, at: now, startedAt: now, concurrency: 2,
        versions: { soba: '0.1.0' }, contract: options.contract ?? catalog.version, draining: false, stats: { batches: 0, rssMb: 1 },
        operations: Object.fromEntries(Object.entries(operations).filter(([name]) => catalog.get(name)?.queue === queue)),
        ...options.record };
      writing.set(`soba:worker:${queue}:here:1`, JSON.stringify(record), 'EX', 15);
      writing.zadd('soba:workers', now / 1000 + 15, `soba:worker:${queue}:here:1`);
    }
    const idle = { waiting: 0, active: 0, oldestAgeMs: 0, inFlight: 0, done: 0, failed: 0, resends: 0 };
    const bridge = { id: 'here', host: 'here', pid: 1, at: now, queues: Object.fromEntries(queues.map((queue) => [queue, idle])) };
    writing.set('soba:bridge:here', JSON.stringify(bridge), 'EX', 15);
    writing.zadd('soba:bridges', now / 1000 + 15, 'soba:bridge:here');
    await writing.exec().catch(() => {}); // written again in a second
  }
  await publish();
  const beating = setInterval(publish, 1_000);

  return {
    executed,
    /** Die at once, as a killed worker does: records end with their TTL, which is not waited for. */
    async stop() {
      clearInterval(beating);
      await Promise.all(workers.map((worker) => atMost(worker.close(true), 3_000)));
      for (const queue of queues) await commands.del(`soba:worker:${queue}:here:1`).catch(() => {});
      for (const redis of connections) redis.disconnect();
    },
  };
}
