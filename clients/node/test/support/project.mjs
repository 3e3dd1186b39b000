/** A project of somebody else's that has installed the packed package. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** @returns {string} its folder; the package's own dependencies are linked, so that no registry is asked */
export function consumerProject() {
  const folder = mkdtempSync(join(tmpdir(), 'soba-consumer-'));
  const options = { cwd: PACKAGE, encoding: /** @type {const} */ ('utf8'), stdio: /** @type {any} */ (['ignore', 'pipe', 'ignore']) };
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--pack-destination', folder], options).replace(/^[^[]*/, ''));
  execFileSync('tar', ['-xzf', filename], { cwd: folder });
  const { name } = JSON.parse(readFileSync(join(folder, 'package', 'package.json'), 'utf8'));
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const entry of readdirSync(join(PACKAGE, 'node_modules')))
    if (!entry.startsWith('.')) symlinkSync(join(PACKAGE, 'node_modules', entry), join(modules, entry));
  cpSync(join(folder, 'package'), join(modules, name), { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  return folder;
}

/** The code block of a page under docs/ that a comment `<!-- name -->` stands before. @param {string} page @param {string} name */
export function block(page, name) {
  const text = readFileSync(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8');
  const found = new RegExp(`<!-- ${name} -->\\s*\`\`\`\\w*\\n([\\s\\S]*?)\`\`\``).exec(text);
  if (!found) throw new Error(`docs/${page} has no block ${name}`);
  return found[1];
}

/** Every code block of a language in a page under docs/. @param {string} page @param {string} language */
export function blocks(page, language) {
  const text = readFileSync(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code]) => code);
}
