import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Catalog, SobaError } from '../index.js';
import { declarations, typeOf } from '../scripts/types.mjs';
import { methodOf, packagedOpenApi } from '../src/catalog.js';
import { digest, idOfKey, parseRef } from '../src/job-id.js';
import { inputOf } from '../src/router/query.js';
import { validate } from '../src/validate.js';

const at = (/** @type {string} */ name) => new URL(`../generated/${name}`, import.meta.url);
const catalog = Catalog.packaged();

test('operations.d.ts is what operations.json says', () => {
  const made = declarations(JSON.parse(readFileSync(at('operations.json'), 'utf8')));
  assert.equal(readFileSync(at('operations.d.ts'), 'utf8'), made, 'run ./soba schemas');
});

for (const operation of catalog.operations.values())
  test(`${operation.name}: its examples fit its schema, an unknown field does not`, () => {
    for (const example of operation.examples) validate(operation, example);
    assert.throws(
      () => validate(operation, { ...operation.examples[0], noSuchField: 1 }),
      (/** @type {SobaError} */ error) => error.code === 'INVALID_INPUT' && error.details.some(({ path }) => path === 'noSuchField'),
    );
  });

for (const [name, { method, path, examples, request }] of catalog.operations)
  test(`${name}: openapi.json has its route, with an example that works`, () => {
    const route = packagedOpenApi().paths[`/api/python${path}`]?.[method.toLowerCase()];
    assert.ok(route, `${method} ${path}`);
    if (method === 'POST') return;
    const documented = Object.fromEntries(
      route.parameters.filter((/** @type {any} */ p) => p.in === 'query' && p.example !== undefined).map((/** @type {any} */ p) => [p.name, p.example]),
    );
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(documented)) query.set(key, typeof value === 'string' ? value : JSON.stringify(value));
    assert.deepEqual(inputOf(request, String(query)), examples[0]);
  });

describe('types', () => {
  const cases = /** @type {[any, string][]} */ ([
    [{ type: 'string' }, 'string'],
    [{ type: 'integer' }, 'number'],
    [{ anyOf: [{ type: 'number' }, { type: 'null' }] }, 'number | null'],
    [{ anyOf: [{ type: 'integer' }, { type: 'number' }] }, 'number'],
    [{ type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } }, '(string | null)[]'],
    [{ type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }] }, '[string, number]'],
    [{ enum: ['a', 'b'] }, '"a" | "b"'],
    [{ const: 'x' }, '"x"'],
    [{ $ref: '#/$defs/some-thing' }, 'SomeThing'],
    [{ type: 'object', additionalProperties: { type: 'boolean' } }, 'Record<string, boolean>'],
    [{ type: ['string', 'null'] }, 'string | null'],
    [{}, 'unknown'],
    [{ type: 'object', properties: { 'a-b': { type: 'string' }, c: {} }, required: ['c'] }, '{\n  "a-b"?: string;\n  c: unknown;\n}'],
  ]);
  for (const [schema, type] of cases) test(`${JSON.stringify(schema)} is ${type}`, () => assert.equal(typeOf(schema), type));
});

describe('queries', () => {
  const schema = {
    properties: {
      text: { type: 'string' }, size: { type: 'integer' }, on: { type: 'boolean' }, list: { type: 'array', items: {} },
      object: { $ref: '#/$defs/Inner' }, wei: { anyOf: [{ type: 'integer' }, { type: 'string' }] }, maybe: { anyOf: [{ type: 'number' }, { type: 'null' }] },
    },
    $defs: { Inner: { type: 'object' } },
  };
  const cases = /** @type {[string, any][]} */ ([
    ['text=12', { text: '12' }],
    ['text=%7B%22a%22:1%7D', { text: '{"a":1}' }],
    ['text=null', { text: 'null' }],
    ['size=12', { size: 12 }],
    ['size=many', { size: 'many' }],
    ['on=true', { on: true }],
    ['list=[1,{"a":2}]', { list: [1, { a: 2 }] }],
    ['list=1&list=b', { list: [1, 'b'] }],
    ['object={"a":"b"}', { object: { a: 'b' } }],
    ['wei=5', { wei: 5 }],
    ['wei=123456789012345678901234567890', { wei: '123456789012345678901234567890' }],
    ['wei=2024-05-01T00:00:00Z', { wei: '2024-05-01T00:00:00Z' }],
    ['maybe=null', { maybe: null }],
    ['unknown=1', { unknown: 1 }],
    ['', {}],
  ]);
  for (const [search, input] of cases) test(`?${search}`, () => assert.deepEqual(inputOf(schema, search), input));

  test('__proto__ is a name like any other, and pollutes nothing', () => {
    const input = inputOf(schema, '__proto__=%7B%22polluted%22:1%7D');
    assert.equal(/** @type {any} */ ({}).polluted, undefined);
    assert.equal(Object.getPrototypeOf(input), Object.prototype);
  });
});

describe('validation', () => {
  const operation = /** @type {any} */ ({
    request: {
      type: 'object', additionalProperties: false, required: ['rows'],
      properties: {
        rows: { type: 'array', items: { type: 'object', required: ['id'], additionalProperties: false, properties: { id: { type: 'integer' }, note: { anyOf: [{ type: 'string', maxLength: 3 }, { type: 'null' }] } } } },
        kind: { enum: ['a', 'b'] },
      },
    },
  });
  /** @param {any} input */
  const faults = (input) => {
    try {
      validate(operation, input);
    } catch (error) {
      return /** @type {SobaError} */ (error).details.map(({ path, message }) => `${path}: ${message}`);
    }
    return [];
  };
  test('names every field at fault, as Python does', () => {
    assert.deepEqual(faults({ rows: [{ id: 1 }, { id: 'x', extra: 1 }, {}], kind: 'c' }), [
      'rows.1.extra: is not a field of this operation', 'rows.1.id: must be integer', 'rows.2.id: is required', 'kind: must be one of a, b',
    ]);
  });
  test('does not say of an optional field that it must be null', () => {
    assert.deepEqual(faults({ rows: [{ id: 1, note: 'long' }] }), ['rows.0.note: must NOT have more than 3 characters']);
  });
  test('refuses NaN, Infinity and booleans where numbers are asked for', () => {
    for (const id of [NaN, Infinity, true, '1']) assert.deepEqual(faults({ rows: [{ id }] }), ['rows.0.id: must be integer']);
  });
  test('a million faults are named once, in little memory and time', () => {
    const started = performance.now();
    assert.equal(faults({ rows: new Array(1_000_000).fill(0) }).length, 1);
    assert.ok(performance.now() - started < 2_000);
  });
  test('what is not an object at all', () => {
    for (const input of [null, 7, 'x', [1], undefined]) assert.equal(faults(input).length, 1);
  });
});

describe('names', () => {
  test('methods in camel case', () => {
    assert.deepEqual(methodOf('blockchain.analyze-wallet-cluster'), ['blockchain', 'analyzeWalletCluster']);
  });
  test('a digest does not depend on the order of keys, though on everything else', () => {
    assert.equal(digest({ a: 1, b: { c: [1, 2], d: 2 } }), digest({ b: { d: 2, c: [1, 2] }, a: 1 }));
    assert.notEqual(digest({ a: [1, 2] }), digest({ a: [2, 1] }));
  });
  test('idempotency keys become ids that BullMQ takes, other ones for other operations', () => {
    assert.match(idOfKey('a.b', 'my:key/1'), /^key-[0-9a-f]{40}$/);
    assert.notEqual(idOfKey('a.b', 'k'), idOfKey('a.c', 'k'));
  });
  test('a job is <queue>:<id>', () => {
    assert.deepEqual(parseRef('fraud:key-1'), { queue: 'fraud', id: 'key-1' });
    for (const bad of ['fraud', ':1', 'fraud:', '']) assert.throws(() => parseRef(bad), { code: 'NOT_FOUND' });
  });
});
