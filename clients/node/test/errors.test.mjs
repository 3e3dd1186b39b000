import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CODES, SobaError } from '../index.js';
import { addFault } from '../src/call.js';

const contract = JSON.parse(readFileSync(new URL('../generated/operations.json', import.meta.url), 'utf8'));
const STATUSES = {
  INVALID_INPUT: 400, UNAUTHORIZED: 401, NOT_FOUND: 404, UNKNOWN_OPERATION: 404, METHOD_NOT_ALLOWED: 405, CONFLICT: 409,
  CANCELLED: 409, PAYLOAD_TOO_LARGE: 413, RATE_LIMITED: 429, INTERNAL: 500, OVERLOADED: 503, MODEL_UNAVAILABLE: 503,
  CIRCUIT_OPEN: 503, UNAVAILABLE: 503, DEADLINE_EXCEEDED: 504, TIMEOUT: 504,
};

test('every code has its HTTP status, and no code is without one', () => {
  assert.deepEqual(Object.fromEntries(Object.entries(CODES).map(([code, { status }]) => [code, status])), STATUSES);
});

test('what is retryable is what Python says', () => {
  for (const [code, retryable] of Object.entries(contract.codes)) assert.equal(CODES[code]?.retryable, retryable, code);
});

for (const code of Object.keys(CODES))
  test(`${code} survives the way through failedReason`, () => {
    const sent = new SobaError(code, 'why', { details: [{ path: 'a.0', message: 'is odd' }], requestId: 'r-1' });
    const read = SobaError.fromFailure(JSON.stringify(sent), { jobId: 'fraud:1' });
    assert.deepEqual(read.toJSON(), sent.toJSON());
    assert.equal(read.status, CODES[code].status);
    assert.equal(read.jobId, 'fraud:1');
    assert.ok(read instanceof Error);
  });

test('503 and 429 say when to come back, others do not', () => {
  for (const [code, { status }] of Object.entries(CODES))
    assert.equal(new SobaError(code, 'x').retryAfter !== undefined, status === 503 || status === 429, code);
});

for (const [label, reason] of /** @type {[string, unknown][]} */ ([
  ['BullMQ itself', 'job stalled more than allowable limit'],
  ['JSON that is no envelope', '{"a":1}'],
  ['an empty reason', ''],
  ['null', null],
]))
  test(`a failure that is not ours becomes INTERNAL: ${label}`, () => {
    const error = SobaError.fromFailure(reason);
    assert.equal(error.code, 'INTERNAL');
    assert.ok(error.message.length > 0);
  });

test('a code of a later version is kept, and treated as INTERNAL', () => {
  const error = SobaError.fromFailure('{"code":"NEW","message":"m","retryable":false,"details":[],"requestId":null}');
  assert.deepEqual([error.code, error.status, error.retryable], ['NEW', 500, false]);
});

for (const fault of [
  Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
  Object.assign(new Error('max'), { name: 'MaxRetriesPerRequestError' }),
  new Error('Connection is closed.'),
  new Error("OOM command not allowed when used memory > 'maxmemory'."),
  new Error('LOADING Redis is loading the dataset in memory'),
  new Error("READONLY You can't write against a read only replica."),
])
  test(`Redis: "${fault.message.slice(0, 30)}" is UNAVAILABLE, with its cause`, () => {
    const error = SobaError.from(fault, { requestId: 'r' });
    assert.deepEqual([error.code, error.requestId, error.cause], ['UNAVAILABLE', 'r', fault]);
  });

test('any other thrown thing is INTERNAL, and a SobaError stays itself', () => {
  assert.equal(SobaError.from('text').message, 'text');
  assert.equal(SobaError.from(new RangeError('bad')).code, 'INTERNAL');
  const ours = new SobaError('CONFLICT', 'c');
  assert.equal(SobaError.from(ours, { requestId: 'late' }), ours);
  assert.equal(ours.requestId, 'late');
});

test('what BullMQ refuses to add gets a code of ours', () => {
  assert.equal(addFault(new Error('The size of job x exceeds the limit 10 bytes')).code, 'PAYLOAD_TOO_LARGE');
  assert.equal(addFault(new TypeError('Do not know how to serialize a BigInt')).code, 'INVALID_INPUT');
  assert.equal(addFault(new Error('Priority should not be float')).code, 'INVALID_INPUT');
});

test('details name the first fault and count the others', () => {
  const error = SobaError.invalid([{ path: 'a', message: 'is bad' }, { path: 'b', message: 'is worse' }]);
  assert.equal(error.message, 'a: is bad (and 1 more)');
});
