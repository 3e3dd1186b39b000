import assert from 'node:assert/strict';
import { beforeEach, describe, mock, test } from 'node:test';
import { SobaError } from '../index.js';
import { Breaker } from '../src/breaker.js';

const fail = (/** @type {string} */ code = 'INTERNAL') => async () => { throw new SobaError(code, 'no'); };
const succeed = async () => 'yes';

describe('circuit breaker', () => {
  /** @type {Breaker} */ let breaker;
  /** @type {string[]} */ let moves;
  beforeEach((context) => {
    mock.timers.reset();
    mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
    moves = [];
    breaker = new Breaker('fraud', { onChange: ({ from, to }) => moves.push(`${from} > ${to}`) });
  });
  /** @param {number} times @param {string} [code] */
  const failing = async (times, code) => {
    for (let i = 0; i < times; i++) await assert.rejects(breaker.guard(fail(code)));
  };

  test('opens after five failures in a row, and then answers at once', async () => {
    await failing(4);
    assert.equal(breaker.state, 'closed');
    await failing(1);
    assert.equal(breaker.state, 'open');
    let called = false;
    await assert.rejects(breaker.guard(async () => { called = true; }), { code: 'CIRCUIT_OPEN', status: 503, retryAfter: 60 });
    assert.equal(called, false);
  });
  test('an answer in between begins the count anew', async () => {
    await failing(4);
    await breaker.guard(succeed);
    await failing(4);
    assert.equal(breaker.state, 'closed');
  });
  for (const code of ['INVALID_INPUT', 'PAYLOAD_TOO_LARGE', 'CONFLICT', 'CANCELLED', 'OVERLOADED', 'MODEL_UNAVAILABLE', 'UNKNOWN_OPERATION'])
    test(`${code} does not count`, async () => {
      await failing(20, code);
      assert.equal(breaker.state, 'closed');
    });
  for (const code of ['INTERNAL', 'TIMEOUT', 'DEADLINE_EXCEEDED', 'UNAVAILABLE'])
    test(`${code} counts`, async () => {
      await failing(5, code);
      assert.equal(breaker.state, 'open');
    });
  test('a deadline that no service could keep does not count', async () => {
    for (let i = 0; i < 20; i++) await assert.rejects(breaker.guard(fail('DEADLINE_EXCEEDED'), 50));
    assert.equal(breaker.state, 'closed');
  });
  test('after a minute one call goes through, the others wait for what it finds', async () => {
    await failing(5);
    mock.timers.tick(60_000);
    /** @type {(value: string) => void} */ let answer = () => {};
    const probe = breaker.guard(() => new Promise((resolve) => (answer = resolve)));
    assert.equal(breaker.state, 'half-open');
    await assert.rejects(breaker.guard(succeed), { code: 'CIRCUIT_OPEN' });
    answer('back');
    assert.equal(await probe, 'back');
    assert.equal(breaker.state, 'closed');
    assert.equal(await breaker.guard(succeed), 'yes');
    assert.deepEqual(moves, ['closed > open', 'open > half-open', 'half-open > closed']);
  });
  test('a failed probe opens it for another minute', async () => {
    await failing(5);
    mock.timers.tick(60_000);
    await failing(1);
    assert.equal(breaker.state, 'open');
    mock.timers.tick(59_000);
    await assert.rejects(breaker.guard(succeed), { code: 'CIRCUIT_OPEN' });
    mock.timers.tick(1_000);
    assert.equal(await breaker.guard(succeed), 'yes');
  });
  test('a probe that says nothing about the service leaves the next call to probe', async () => {
    await failing(5);
    mock.timers.tick(60_000);
    await failing(1, 'INVALID_INPUT');
    assert.equal(breaker.state, 'half-open');
    assert.equal(await breaker.guard(succeed), 'yes');
    assert.equal(breaker.state, 'closed');
  });
  test('the health monitor can close it before its minute is over', async () => {
    await failing(5);
    breaker.succeeded();
    assert.equal(await breaker.guard(succeed), 'yes');
  });
  test('calls that were under way when it opened do not keep it open', async () => {
    await failing(5);
    mock.timers.tick(30_000);
    breaker.failed(new SobaError('INTERNAL', 'late'));
    mock.timers.tick(30_000);
    assert.equal(await breaker.guard(succeed), 'yes');
  });
  test('its report says how it stands', async () => {
    await failing(5);
    mock.timers.tick(10_000);
    assert.deepEqual(breaker.report(), { state: 'open', failures: 5, lastFailure: 'INTERNAL: no', retryInMs: 50_000 });
  });
});
