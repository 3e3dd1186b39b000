/**
 * Writes generated/operations.d.ts from generated/operations.json: a request and a result type for each operation.
 *
 * Needs nothing installed, so that `./soba schemas` works in a fresh clone. The schemas come from pydantic and use a
 * small part of JSON Schema; a keyword that is not known here becomes `unknown` rather than a wrong type.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { methodOf } from '../src/catalog.js';

/** @typedef {Record<string, any>} Schema */

const at = (/** @type {string} */ name) => new URL(`../generated/${name}`, import.meta.url);
/** @type {Record<string, string>} */
const WORDS = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };

/** @param {string} name */
const pascal = (name) => name.replace(/(?:^|[^a-zA-Z0-9]+)([a-zA-Z0-9])/g, (_, letter) => letter.toUpperCase());

/** @param {string} key */
const quoted = (key) => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key));

/** @param {string | undefined} text @param {string} pad */
function comment(text, pad) {
  if (!text) return '';
  const lines = text.trim().replaceAll('*/', '*\\/').split('\n');
  return `${pad}/** ${lines.map((line) => line.trim()).join(`\n${pad} * `)} */\n`;
}

/**
 * The TypeScript type of a schema.
 * @param {any} schema
 * @param {string} [pad] indentation of the line that it begins on
 * @returns {string}
 */
export function typeOf(schema, pad = '') {
  if (schema === true || schema === undefined) return 'unknown';
  if (schema === false) return 'never';
  if (schema.$ref) return pascal(schema.$ref.split('/').at(-1));
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((/** @type {unknown} */ value) => JSON.stringify(value)).join(' | ');
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice) return [...new Set(choice.map((/** @type {Schema} */ option) => typeOf(option, pad)))].join(' | ');
  if (schema.allOf?.length === 1) return typeOf(schema.allOf[0], pad);
  if (Array.isArray(schema.type))
    return schema.type.map((/** @type {string} */ type) => typeOf({ ...schema, type }, pad)).join(' | ');
  if (schema.type === 'array') return arrayOf(schema, pad);
  if (schema.type === 'object' || schema.properties) return objectOf(schema, pad);
  return WORDS[schema.type] ?? 'unknown';
}

/** @param {Schema} schema @param {string} pad */
function arrayOf({ items, prefixItems }, pad) {
  if (prefixItems) return `[${prefixItems.map((/** @type {Schema} */ item) => typeOf(item, pad)).join(', ')}]`;
  const inner = typeOf(items, pad);
  return / [|&] /.test(inner) && !inner.startsWith('{') ? `(${inner})[]` : `${inner}[]`;
}

/** @param {Schema} schema @param {string} pad */
function objectOf({ properties, required = [], additionalProperties }, pad) {
  if (!properties) return `Record<string, ${typeOf(additionalProperties ?? true, pad)}>`;
  const inside = `${pad}  `;
  const lines = Object.entries(properties).map(([key, field]) => {
    const mark = required.includes(key) ? '' : '?';
    return `${comment(field.description, inside)}${inside}${quoted(key)}${mark}: ${typeOf(field, inside)};\n`;
  });
  if (additionalProperties === true) lines.push(`${inside}[key: string]: unknown;\n`);
  return `{\n${lines.join('')}${pad}}`;
}

/**
 * Request, Result and what they refer to, in a namespace of the operation's own.
 * @param {string} name @param {Schema} operation
 */
function namespaceOf(name, operation) {
  const parts = { ...operation.request.$defs, ...operation.result.$defs, Request: operation.request, Result: operation.result };
  const types = Object.entries(parts).map(
    ([title, schema]) => `${comment(schema.description, '  ')}  type ${pascal(title)} = ${typeOf(schema, '  ')};\n`,
  );
  return `${comment(operation.summary, '')}export declare namespace ${pascal(name)} {\n${types.join('')}}\n`;
}

/** @param {Record<string, Schema>} operations */
function methodsOf(operations) {
  /** @type {Record<string, string[]>} */
  const domains = {};
  for (const [name, { description }] of Object.entries(operations)) {
    const [domain, method] = methodOf(name);
    const type = pascal(name);
    (domains[domain] ??= []).push(
      `${comment(description, '    ')}    ${method}(input: ${type}.Request, options?: Options): Promise<${type}.Result>;\n`,
    );
  }
  const blocks = Object.entries(domains).map(([domain, lines]) => `  ${domain}: {\n${lines.join('')}  };\n`);
  return `export interface Methods<Options> {\n${blocks.join('')}}\n`;
}

/**
 * The whole file.
 * @param {{operations: Record<string, Schema>}} source what operations.json holds
 */
export function declarations({ operations }) {
  const table = Object.keys(operations).map((name) => {
    const type = pascal(name);
    return `  ${JSON.stringify(name)}: { request: ${type}.Request; result: ${type}.Result };\n`;
  });
  return [
    '// Generated from the operations by `./soba schemas`; do not edit.\n',
    ...Object.entries(operations).map(([name, operation]) => namespaceOf(name, operation)),
    `export interface Operations {\n${table.join('')}}\n`,
    'export type RequestOf<N extends string> = N extends keyof Operations ? Operations[N]["request"] : unknown;',
    'export type ResultOf<N extends string> = N extends keyof Operations ? Operations[N]["result"] : any;\n',
    methodsOf(operations),
  ].join('\n');
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const text = declarations(JSON.parse(readFileSync(at('operations.json'), 'utf8')));
  writeFileSync(at('operations.d.ts'), text);
}
