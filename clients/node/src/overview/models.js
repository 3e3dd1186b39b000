/**
 * Model versions and their cards, as the registry keeps them in a folder:
 *
 *   <registry>/<model>/aliases.json, <registry>/<model>/versions/<version>/card.json    trained here
 *   <shipped>/<model>/manifest.json, <shipped>/<model>/card.json                        shipped with the code
 *
 * Beside a card.json lies, for most models, the same as a page: card.html.
 *
 * @typedef {object} ModelVersion
 * @property {string} name
 * @property {string} version
 * @property {'champion' | 'challenger' | null} alias
 * @property {boolean} shipped
 * @property {string | null} createdAt
 * @property {Record<string, any>} metrics
 * @property {boolean} hasPage whether the card is there as a page too
 */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SobaError } from '../errors.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/; // nothing that leads out of its folder
const SHIPPED = 'shipped';

export class Models {
  /** @param {{registry?: string, shipped?: string}} folders */
  constructor({ registry, shipped }) {
    this.registry = registry;
    this.shipped = shipped;
  }

  /** @returns {Promise<ModelVersion[]>} by name, the newest version first */
  async list() {
    const names = new Set([...(await folders(this.registry)), ...(await folders(this.shipped))]);
    const all = await Promise.all([...names].sort().map((name) => this.#versions(name)));
    return all.flat();
  }

  /**
   * The card of one version; NOT_FOUND where there is none.
   * @param {string} name @param {string} version
   */
  async card(name, version) {
    const found = NAME.test(name) && NAME.test(version) && (await this.#card(name, version));
    if (!found) throw new SobaError('NOT_FOUND', `no version ${version} of a model ${name}`);
    return found;
  }

  /**
   * The card of one version as an HTML page; NOT_FOUND where there is none.
   * @param {string} name @param {string} version
   * @returns {Promise<string>}
   */
  async page(name, version) {
    const folder = NAME.test(name) && NAME.test(version) && (await this.#folder(name, version));
    const found = folder && (await text(join(folder, 'card.html')));
    if (!found) throw new SobaError('NOT_FOUND', `no page of a version ${version} of a model ${name}`);
    return found;
  }

  /** @param {string} name @param {string} version @returns {Promise<any>} */
  async #card(name, version) {
    const folder = await this.#folder(name, version);
    return folder && json(join(folder, 'card.json'));
  }

  /** @param {string} name @param {string} version */
  async #folder(name, version) {
    if (this.shipped && (await this.#shippedVersion(name)) === version) return join(this.shipped, name);
    return this.registry && join(this.registry, name, 'versions', version);
  }

  /** @param {string} name @returns {Promise<ModelVersion[]>} */
  async #versions(name) {
    const trained = this.registry ? (await folders(join(this.registry, name, 'versions'))).sort().reverse() : [];
    const shipped = await this.#shippedVersion(name);
    const aliases = this.registry && (await json(join(this.registry, name, 'aliases.json')));
    const champion = aliases ? aliases.champion : shipped;
    const versions = [...trained, ...(shipped ? [shipped] : [])];
    return Promise.all(
      versions.map(async (version) => {
        const card = (await this.#card(name, version)) ?? {};
        const folder = await this.#folder(name, version);
        const hasPage = Boolean(folder && (await stat(join(folder, 'card.html')).catch(absent)));
        const alias = version === champion ? 'champion' : version === aliases?.challenger ? 'challenger' : null;
        const made = { createdAt: card.created ?? null, metrics: card.metrics ?? {} };
        return { name, version, alias, shipped: version === shipped, ...made, hasPage };
      }),
    );
  }

  /** @param {string} name @returns {Promise<string | undefined>} */
  async #shippedVersion(name) {
    if (!this.shipped) return undefined;
    const manifest = await json(join(this.shipped, name, 'manifest.json'));
    if (manifest?.version) return String(manifest.version);
    return (await json(join(this.shipped, name, 'card.json'))) ? SHIPPED : undefined;
  }
}

/** Names of the folders in a folder; none where it is not there. @param {string | undefined} path */
async function folders(path) {
  if (!path) return [];
  const entries = await readdir(path, { withFileTypes: true }).catch(absent);
  return (entries ?? []).filter((entry) => entry.isDirectory() && NAME.test(entry.name)).map(({ name }) => name);
}

/** @param {string} path @returns {Promise<any>} undefined where there is no such file */
async function json(path) {
  const found = await text(path);
  return found === undefined ? undefined : JSON.parse(found);
}

/** @param {string} path undefined where there is no such file */
const text = (path) => readFile(path, 'utf8').catch(absent);

/** @param {NodeJS.ErrnoException} error @returns {undefined} */
function absent(error) {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
