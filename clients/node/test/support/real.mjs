/** The real stack: `./soba up` in a home of its own. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** @param {string} key API key of its gateway */
export async function startReal(key) {
  const home = mkdtempSync(join(tmpdir(), 'soba-real-'));
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('SOBA_') && name !== 'NODE_TEST_CONTEXT');
  const env = { ...Object.fromEntries(kept), SOBA_HOME: home, SOBA_API_KEY: key };
  await promisify(execFile)('./soba', ['up', '--detach', '--no-demo'], { cwd: ROOT, env, timeout: 180_000 });
  return {
    key,
    /** @returns {{redisUrl: string, gatewayUrl: string, processes: {name: string, pid: number}[]}} as it is now */
    get run() {
      return JSON.parse(readFileSync(join(home, 'run.json'), 'utf8'));
    },
    /** @param {string} name */
    pid(name) {
      return this.run.processes.find((process) => process.name === name)?.pid;
    },
    stop() {
      execFileSync('./soba', ['down'], { cwd: ROOT, env, timeout: 60_000, stdio: 'ignore' });
      rmSync(home, { recursive: true, force: true });
    },
  };
}
