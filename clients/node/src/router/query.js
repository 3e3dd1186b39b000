/**
 * A request from a query string: text where the schema takes text, JSON where it takes anything else.
 *
 * `?symbol=ETH&trades=[{"price":1}]&depth=2` against `{symbol: string, trades: array, depth: integer}`.
 */

/** @typedef {Record<string, any>} Schema */

/**
 * @param {Schema} schema of the request
 * @param {string} search the part of the URL behind the question mark
 * @returns {Record<string, unknown>}
 */
export function inputOf(schema, search) {
  const query = new URLSearchParams(search);
  /** @type {Record<string, unknown>} */
  const input = Object.create(null);
  for (const name of new Set(query.keys())) {
    const types = typesOf(schema.properties?.[name], schema);
    const texts = query.getAll(name);
    input[name] = texts.length > 1 && types.has('array') ? texts.map((text) => valueOf(text, ANY)) : valueOf(texts[0], types);
  }
  return { ...input };
}

const ANY = new Set(['string', 'number', 'boolean', 'object', 'array', 'null']);

/**
 * @param {string} text
 * @param {Set<string>} types that the schema takes here
 */
function valueOf(text, types) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  if (type === 'string' || !types.has(type)) return types.has('string') ? text : value;
  const isExact = type !== 'number' || !types.has('string') || String(value) === text; // 78-digit amounts stay text
  return isExact ? value : text;
}

/**
 * The JSON types that a schema takes; all of them where it does not say.
 * @param {Schema | undefined} node @param {Schema} root
 * @returns {Set<string>}
 */
function typesOf(node, root) {
  if (!node) return ANY;
  if (node.$ref) return typesOf(root.$defs?.[node.$ref.split('/').at(-1)], root);
  const choice = node.anyOf ?? node.oneOf ?? node.allOf;
  if (choice) return new Set(choice.flatMap((/** @type {Schema} */ option) => [...typesOf(option, root)]));
  if (node.enum) return new Set(node.enum.map((/** @type {unknown} */ value) => typeof value));
  if ('const' in node) return new Set([typeof node.const]);
  if (!node.type) return ANY;
  return new Set([node.type].flat().map((type) => (type === 'integer' ? 'number' : type)));
}
