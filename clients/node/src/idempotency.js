/** One key, one job: the same key with the same payload is the same job, with another payload a CONFLICT. */
import { SobaError } from './errors.js';
import { RESULT_TTL, digest, pollingKey } from './job-id.js';
import { storedOutcome } from './outcome.js';

/**
 * Claim the key for this payload.
 * @param {import('ioredis').Redis} redis
 * @param {string} ref `<queue>:<id>`, the id made from the key
 * @param {unknown} input
 * @returns {Promise<'free' | 'over' | 'failed'>} free: add the job, which does nothing where it is there already;
 *   over: it has an outcome that stands; failed: it failed in a way that trying again may mend
 */
export async function claim(redis, ref, input) {
  const print = digest(input);
  const key = `soba:idempotency:${ref}`;
  const replies = await redis
    .multi()
    .set(key, print, 'EX', RESULT_TTL, 'NX')
    .get(key)
    .get(pollingKey(ref))
    .exec();
  const [, [, owner], [, meta]] = /** @type {[any, [any, string], [any, string | null]]} */ (replies);
  if (owner !== print)
    throw new SobaError('CONFLICT', 'this idempotency key was used with another payload', { jobId: ref });
  const outcome = storedOutcome(meta);
  if (!outcome) return 'free';
  return outcome.kind === 'failed' && SobaError.fromFailure(outcome.reason).retryable ? 'failed' : 'over';
}
