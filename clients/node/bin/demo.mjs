#!/usr/bin/env node
/**
 * Runs every operation that the workers publish with its first example, and prints a table; exit status 1 where one
 * fails. Settings: SOBA_REDIS_URL, SOBA_BULL_PREFIX.
 */
import { SobaError, createClient } from '../index.js';

const DEADLINE_MS = 180_000;
const ANSWER_WIDTH = 72;

const client = createClient({ redisUrl: process.env.SOBA_REDIS_URL || undefined, prefix: process.env.SOBA_BULL_PREFIX || undefined });
client.on('warning', () => {}); // a failure shows in the table

const { workers } = await client.discovery.census();
const published = new Set(workers.flatMap(({ operations }) => Object.keys(operations ?? {})));
const operations = [...client.catalog.operations.values()].filter(({ name }) => published.has(name));
const width = Math.max(9, ...operations.map(({ name }) => name.length));

/** @param {string} name @param {string} queue @param {string} time @param {string} answer */
const row = (name, queue, time, answer) => console.log(`${name.padEnd(width)}  ${queue.padEnd(10)}  ${time.padStart(8)}  ${answer}`);

/** @param {unknown} value */
function short(value) {
  const text = JSON.stringify(value);
  return text.length > ANSWER_WIDTH ? `${text.slice(0, ANSWER_WIDTH - 1)}…` : text;
}

let failed = operations.length ? 0 : 1;
row('operation', 'queue', 'ms', 'answer');
for (const { name, queue, examples } of operations) {
  const started = performance.now();
  const answer = await client.run(name, examples[0], { deadlineMs: DEADLINE_MS }).catch((error) => SobaError.from(error));
  const isFault = answer instanceof SobaError;
  failed += Number(isFault);
  row(name, queue, (performance.now() - started).toFixed(1), isFault ? `FAILED ${answer.code}: ${answer.message}` : short(answer));
}
console.log(operations.length ? `${operations.length - failed} of ${operations.length} operations answered` : 'no worker publishes an operation; is the stack up?');
await client.close();
process.exitCode = failed ? 1 : 0;
