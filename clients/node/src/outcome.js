/**
 * What became of jobs, by looking: in BullMQ's hash of the job, and where that is gone, under the polling key.
 *
 * @typedef {{kind: 'completed', result: any} | {kind: 'failed', reason: unknown}} Ended
 * @typedef {Ended | {kind: 'pending'} | {kind: 'missing'}} Outcome missing: neither a job nor a stored result
 */
import { pollingKey, refOf } from './job-id.js';

/**
 * Outcomes of jobs, in their order; undefined where Redis answered with an error.
 * @param {import('ioredis').Redis} redis @param {string} prefix BullMQ's @param {string} queue @param {string[]} ids
 * @returns {Promise<(Outcome | undefined)[]>}
 */
export async function outcomesOf(redis, prefix, queue, ids) {
  const pipeline = redis.pipeline();
  for (const id of ids) {
    pipeline.hmget(`${prefix}:${queue}:${id}`, 'name', 'finishedOn', 'returnvalue', 'failedReason');
    pipeline.get(pollingKey(refOf(queue, id)));
  }
  const replies = /** @type {[Error | null, any][]} */ (await pipeline.exec());
  return ids.map((_, index) => {
    const [[fault, fields], [, meta]] = replies.slice(2 * index, 2 * index + 2);
    return fault ? undefined : outcomeOf(fields, meta);
  });
}

/**
 * @param {(string | null)[]} fields name, finishedOn, returnvalue, failedReason
 * @param {string | null} meta
 * @returns {Outcome}
 */
function outcomeOf([name, finishedOn, returnvalue, failedReason], meta) {
  if (finishedOn && returnvalue != null) return { kind: 'completed', result: JSON.parse(returnvalue) };
  if (finishedOn) return { kind: 'failed', reason: failedReason };
  return name ? { kind: 'pending' } : (storedOutcome(meta) ?? { kind: 'missing' });
}

/**
 * What a polling key says; undefined where it says nothing final.
 * @param {string | null} meta
 * @returns {Ended | undefined}
 */
export function storedOutcome(meta) {
  const { status, result } = meta ? JSON.parse(meta) : { status: undefined, result: undefined };
  if (status === 'SUCCESS') return { kind: 'completed', result };
  return status === 'FAILURE' ? { kind: 'failed', reason: result } : undefined;
}
