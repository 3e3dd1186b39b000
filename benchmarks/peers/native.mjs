// The peer: a BullMQ worker in Node that answers by itself. Usage: native.mjs URL QUEUE
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../clients/node/package.json', import.meta.url));
const { Worker } = require('bullmq');
const { Redis } = require('ioredis');

const [url, queue] = process.argv.slice(2);
const connection = new Redis(url, { maxRetriesPerRequest: null });
const versions = { node: process.version };
const answer = async job => ({ echo: job.data.input.echo, worker: String(process.pid), versions, at: new Date().toISOString() });
const worker = new Worker(queue, answer, { connection, concurrency: 100 });
await worker.waitUntilReady();
console.log('ready');
