/** Requests checked against the generated schemas, before anything is queued. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { SobaError } from './errors.js';

/** @typedef {import('./catalog.js').Operation} Operation */
/** @typedef {import('ajv/dist/2020.js').ValidateFunction} ValidateFunction */
/** @typedef {import('ajv/dist/2020.js').ErrorObject} ErrorObject */

const MAX_DETAILS = 20;
const MAX_VALUES_EXPLAINED = 20_000; // above it, one fault is named: millions of them would fill the memory
const options = { strict: false, strictNumbers: true, logger: /** @type {false} */ (false), validateFormats: false };
const fast = new Ajv2020({ ...options, allErrors: false });
const full = new Ajv2020({ ...options, allErrors: true });
/** @type {WeakMap<object, ValidateFunction>} */
const compiled = new WeakMap();
/** @type {WeakMap<object, ValidateFunction>} */
const explained = new WeakMap();

/**
 * Returns where the input fits the operation's schema, else throws INVALID_INPUT with every field at fault.
 * @param {Operation} operation
 * @param {unknown} input
 */
export function validate(operation, input) {
  if (once(compiled, fast, operation.request)(input)) return;
  throw SobaError.invalid(explain(operation, input));
}

/**
 * @param {Operation} operation
 * @param {unknown} input
 */
function explain(operation, input) {
  const small = count(input, MAX_VALUES_EXPLAINED) > 0;
  const check = small ? once(explained, full, operation.request) : once(compiled, fast, operation.request);
  check(input);
  const errors = (check.errors ?? []).filter(isTelling);
  const details = errors.map((error) => ({ path: pathOf(error), message: messageOf(error) }));
  const seen = new Set();
  const distinct = details.filter(({ path, message }) => !seen.has(`${path} ${message}`) && seen.add(`${path} ${message}`));
  return distinct.length ? distinct.slice(0, MAX_DETAILS) : [{ path: '', message: 'is not what the schema asks for' }];
}

/**
 * What is left of the budget after every value inside this one has taken one from it.
 * @param {unknown} value
 * @param {number} budget
 * @returns {number}
 */
function count(value, budget) {
  let left = budget - 1;
  if (value !== null && typeof value === 'object')
    for (const inner of Object.values(value)) {
      if (left <= 0) return 0;
      left = count(inner, left);
    }
  return left;
}

/**
 * A field that may be null fails twice where it is wrong; "must be null" is the half that nobody needs.
 * @param {ErrorObject} error
 */
function isTelling(error) {
  if (error.keyword === 'type' && error.params.type === 'null') return false;
  return !['anyOf', 'oneOf', 'if'].includes(error.keyword);
}

/** @param {ErrorObject} error */
function pathOf(error) {
  const parts = error.instancePath.split('/').slice(1);
  const names = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (error.keyword === 'required') names.push(error.params.missingProperty);
  if (error.keyword === 'additionalProperties') names.push(error.params.additionalProperty);
  return names.join('.');
}

/** @param {ErrorObject} error */
function messageOf(error) {
  if (error.keyword === 'required') return 'is required';
  if (error.keyword === 'additionalProperties') return 'is not a field of this operation';
  if (error.keyword === 'enum') return `must be one of ${error.params.allowedValues.join(', ')}`;
  if (error.keyword === 'const') return `must be ${JSON.stringify(error.params.allowedValue)}`;
  return error.message ?? `fails ${error.keyword}`;
}

/**
 * @param {WeakMap<object, ValidateFunction>} cache
 * @param {Ajv2020} ajv
 * @param {Record<string, any>} schema
 */
function once(cache, ajv, schema) {
  let check = cache.get(schema);
  if (!check) cache.set(schema, (check = ajv.compile(schema)));
  return check;
}
