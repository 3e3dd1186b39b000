/** Puts the generated declarations beside those that tsc emits, for the packed package. */
import { cpSync } from 'node:fs';

cpSync(new URL('../generated/operations.d.ts', import.meta.url), new URL('../types/generated/operations.d.ts', import.meta.url));
