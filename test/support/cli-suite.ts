import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { type Dex, type DexOptions, dexClients, startDex } from './dex.ts';
import { type Call, dexchange, freshFolder } from './dexchange.ts';
import { type Idp, startIdp } from './idp.ts';
import type { Ended } from './run-to-end.ts';

/** The client of the calls, with its secret; `idpSecret` is the secret of the IdP's `ci-client`. */
export const [ciClient] = dexClients;
export const idpSecret = 'idp+s3cr%2Ft:&=';

export interface SuiteCall extends Call {
  /** Do not set HOME: `env` contains it, or the test needs it missing. */
  readonly bareEnv?: boolean;
}

export interface HomeSuite {
  /** The home folder of the running test; it is removed when the test ends. */
  readonly home: string;
  /** Writes a file below the home folder, creates missing folders, and returns its path. */
  write(name: string, text: string): string;
  /** Runs the program with HOME, in the home folder unless `cwd` says otherwise. */
  run(args: readonly string[], call?: SuiteCall): Promise<Ended>;
}

export interface DexSuite extends HomeSuite {
  readonly dex: Dex;
  readonly idp: Idp;
  /** Runs get-token against `dex` as `ciClient`; a flag or variable of the test wins. */
  getToken(args?: readonly string[], call?: SuiteCall): Promise<Ended>;
  /** Counts the requests that the token endpoint of `dex` receives while `work` runs. */
  tokenRequestsDuring(work: () => Promise<unknown>): Promise<number>;
}

/** Gives each test of the calling file a new home folder. Call it at the top of the file. */
export function homeSuite(): HomeSuite {
  let home = '';
  beforeEach(() => {
    const folder = freshFolder();
    onTestFinished(folder.remove);
    home = folder.path;
  });
  return {
    get home() {
      return home;
    },
    write(name, text) {
      const path = join(home, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    run: (args, { bareEnv = false, ...call } = {}) =>
      dexchange(args, {
        cwd: home,
        ...call,
        env: { ...(bareEnv ? {} : { HOME: home }), ...call.env },
      }),
  };
}

/**
 * Gives each test a new home folder, and starts one stand-in IdP and one stand-in Dex for the whole
 * file. By default Dex has the default connectors, and all of them trust that IdP.
 */
export function dexSuite(
  options: (idp: Idp) => DexOptions = (idp) => ({ idps: { gitlab: idp, keycloak: idp } }),
): DexSuite {
  const suite = homeSuite();
  let idp: Idp;
  let dex: Dex;
  beforeAll(async () => {
    idp = await startIdp();
    dex = await startDex(options(idp));
  });
  afterAll(async () => {
    await dex.close();
    await idp.close();
  });
  return {
    get home() {
      return suite.home;
    },
    get dex() {
      return dex;
    },
    get idp() {
      return idp;
    },
    write: suite.write,
    run: suite.run,
    getToken: (args = [], call = {}) =>
      suite.run(['get-token', ...missingFlags(dex, args), ...args], {
        ...call,
        env: { DEXCHANGE_CLIENT_SECRET: ciClient.secret, ...call.env },
      }),
    async tokenRequestsDuring(work) {
      const before = dex.tokenRequests().length;
      await work();
      return dex.tokenRequests().length - before;
    },
  };
}

/** The flags of a usual call that the test does not give itself. */
function missingFlags(dex: Dex, args: readonly string[]): readonly string[] {
  const given = new Set(args.map((arg) => arg.split('=')[0]));
  return [`--dex-url=${dex.issuer}`, `--client-id=${ciClient.id}`].filter(
    (flag) => !given.has(flag.split('=')[0]),
  );
}
