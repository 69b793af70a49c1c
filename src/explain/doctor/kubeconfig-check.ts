import { ownVariable } from '../../config/setting.ts';
import { settings as rows } from '../../config/table.ts';
import { pluginName } from '../../kubernetes/client/plugin-failure.ts';
import type { ExecEntry, KubeconfigContext, User } from '../../kubernetes/kubeconfig/context.ts';
import { quoteId, quotePath } from '../../sanitize.ts';
import { shellWord } from '../../shell-word.ts';
import { failed, ok, warning } from './check.ts';
import type { DoctorPorts } from './ports.ts';
import type { DoctorCheck } from './report.ts';

/** Checks the context that kubectl would use: its kind of credential, secrets in clear, file modes. */
export function kubeconfigChecks(
  context: KubeconfigContext,
  paths: readonly string[],
  ports: DoctorPorts,
): readonly DoctorCheck[] {
  const { user, cluster } = context;
  const place = paths.length === 0 ? 'the pod' : paths.map((path) => quotePath(path)).join(', ');
  const who = `context ${quoteId(context.name, 80)}`;
  const checks = [ok('kubeconfig', `${place}, ${who}: ${credentialOf(user)}`)];
  if (user.exec !== undefined) checks.push(...entryChecks(user.exec, ports));
  if (cluster.insecureSkipTlsVerify) {
    checks.push(
      warning(
        'kubeconfig',
        'insecure-skip-tls-verify: anyone on the way can read the credential',
        'replace it by certificate-authority-data with the CA of the API',
      ),
    );
  }
  return [...checks, ...secretChecks(user, paths, ports)];
}

function credentialOf({ exec, ...user }: User): string {
  if (exec !== undefined) return `plugin ${pluginName(exec)}`;
  if (user.tokenFile !== undefined) return 'a token file';
  if (user.token !== undefined) return 'a static token';
  if (user.clientCertificate !== undefined) return 'a client certificate';
  return user.username === undefined ? 'no credential' : 'a user name and password';
}

function entryChecks(
  { apiVersion, interactiveMode }: ExecEntry,
  ports: Pick<DoctorPorts, 'env'>,
): readonly DoctorCheck[] {
  const checks: DoctorCheck[] = [];
  if (apiVersion.endsWith('/v1beta1')) {
    checks.push(
      warning(
        'kubeconfig',
        'the exec entry asks for client.authentication.k8s.io/v1beta1, which v1 has replaced in 1.22',
        'write apiVersion: client.authentication.k8s.io/v1 and interactiveMode: Never',
      ),
    );
  }
  if (interactiveMode === 'Always') {
    const message = 'the exec entry has interactiveMode: Always, which fails without a terminal';
    const hint = 'write interactiveMode: Never, or IfAvailable';
    checks.push(
      ports.env['CI']
        ? failed('kubeconfig', { code: 'kubeconfig_invalid', message, hint })
        : warning('kubeconfig', message, hint),
    );
  }
  return checks;
}

function secretChecks(
  user: User,
  paths: readonly string[],
  ports: DoctorPorts,
): readonly DoctorCheck[] {
  const inExec = user.exec === undefined ? [] : inEntry(user.exec);
  const inClear = [...fieldsInClear(user), ...inExec];
  if (inClear.length === 0) return [];
  const checks: DoctorCheck[] = [];
  if (inExec.length > 0) {
    checks.push(
      warning(
        'kubeconfig',
        `the exec entry contains a secret in clear: ${inExec.join(', ')}`,
        'pass it as a file or variable of the job instead, such as --client-secret-file or DEXCHANGE_CLIENT_SECRET',
      ),
    );
  }
  for (const path of paths) {
    const mode = ports.programs.modeOf(path);
    if (mode === undefined || (mode & 0o077) === 0) continue;
    checks.push(
      warning(
        'kubeconfig',
        `${quotePath(path)} has mode 0${mode.toString(8)}, and contains a secret: ${inClear.join(', ')}`,
        `run \`chmod 600 ${shellWord(path)}\``,
      ),
    );
  }
  return checks;
}

function fieldsInClear({ token, password, clientKey }: User): readonly string[] {
  return [
    token === undefined ? undefined : 'token',
    password === undefined ? undefined : 'password',
    clientKey !== undefined && 'pem' in clientKey ? 'client-key-data' : undefined,
  ].filter((field) => field !== undefined);
}

/** The flags and variables of an exec entry that are settings with a secret. */
function inEntry({ args, env }: ExecEntry): readonly string[] {
  const secret = rows.filter(([, row]) => row.secret === true);
  const flags = secret
    .map(([name]) => `--${name}`)
    .filter((flag) => args.some((arg) => arg === flag || arg.startsWith(`${flag}=`)));
  const variables = secret.flatMap(([name, row]) => [
    ownVariable(name),
    ...(row.borrowed ?? []).map(({ variable }) => variable),
  ]);
  return [...flags, ...variables.filter((variable) => env[variable])];
}
