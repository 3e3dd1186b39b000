/** Headless Chromium, where the machine has one. */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

export const chromiumPath = process.env.SOBA_CHROMIUM ?? PLACES.find((path) => existsSync(path));

export function openBrowser() {
  return chromium.launch({ executablePath: chromiumPath, args: FLAGS });
}
