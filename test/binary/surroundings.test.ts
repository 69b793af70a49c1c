import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { dexchange, execCredential, freshFolder } from '../support/dexchange.ts';
import { run } from '../support/run.ts';
import { binary } from './shipped.ts';
import { startTokenCalls, type TokenCalls } from './token-call.ts';
