/**
 * The operations that this version of the package knows, as `./soba schemas` wrote them.
 *
 * @typedef {object} Operation
 * @property {string} name `fraud.assess-risk`
 * @property {string} queue BullMQ queue, and the service that its health and breaker belong to
 * @property {string} summary
 * @property {string} description
 * @property {'GET' | 'POST'} method
 * @property {string} path below /api/python
 * @property {boolean} long whether HTTP answers 202
 * @property {number} cacheTtl seconds; 0 is never
 * @property {boolean} staleWhileError
 * @property {number} timeLimit seconds
 * @property {boolean} idempotent whether trying again does no harm
 * @property {number} maxBytes largest job.data
 * @property {number} batchSize
 * @property {Record<string, any>} request JSON Schema, draft 2020-12
 * @property {Record<string, any>} result JSON Schema, draft 2020-12
 * @property {any[]} examples requests that work as they stand
 */
import { readFileSync } from 'node:fs';

export const SERVICES = /** @type {const} */ (['ml', 'nlp', 'fraud', 'data', 'blockchain', 'bulk']);

/** @param {string} name whether it is that of a service, which is that of a queue too */
export const isService = (name) => /** @type {readonly string[]} */ (SERVICES).includes(name);

export class Catalog {
  /** @param {{version: string, operations: Record<string, any>}} source what operations.json holds */
  constructor(source) {
    this.version = source.version;
    /** @type {Map<string, Operation>} */
    this.operations = new Map(Object.entries(source.operations).map(([name, entry]) => [name, { name, ...entry }]));
  }

  /** The one that came with the package. */
  static packaged() {
    return new Catalog(readJson('operations.json'));
  }

  /** @param {string} name */
  get(name) {
    return this.operations.get(name);
  }

  names() {
    return [...this.operations.keys()];
  }
}

/** The OpenAPI document that came with the package. */
export function packagedOpenApi() {
  return readJson('openapi.json');
}

/**
 * Domain and method of an operation in JavaScript: `fraud.assess-risk` is `client.fraud.assessRisk`.
 * @param {string} name
 * @returns {[string, string]}
 */
export function methodOf(name) {
  const dot = name.indexOf('.');
  return [name.slice(0, dot), name.slice(dot + 1).replace(/-(\w)/g, (_, letter) => letter.toUpperCase())];
}

/** @param {string} file */
function readJson(file) {
  return JSON.parse(readFileSync(new URL(`../generated/${file}`, import.meta.url), 'utf8'));
}
