import { sanitize } from '../../sanitize.ts';
import type { ApiRecord } from '../api-record.ts';
import { failed, ok, warning } from './check.ts';
import type { DoctorCheck } from './report.ts';

/**
 * What the user may do: a check for each `--can-i`, or one that says whether RBAC grants anything.
 * Empty if the API server has not authenticated the user.
 * @param grant how an administrator allows more; null if it is not known
 */
export function permissionChecks(
  api: Pick<ApiRecord, 'access' | 'permissions'> | undefined,
  grant: string | null,
): readonly DoctorCheck[] {
  const answers = (api?.access ?? []).map(({ verb, resource, allowed, reason }): DoctorCheck => {
    const action = sanitize(`${verb} ${resource}`);
    if (allowed === true) return ok('permissions', `${action}: allowed`);
    const why = reason === '' ? '' : `: ${reason}`;
    if (allowed === undefined) return warning('permissions', `${action}: not decided${why}`, null);
    return failed('permissions', {
      code: 'api_forbidden',
      message: `${action}: not allowed${why}`,
      hint: grant ?? 'ask a cluster administrator for a rule that allows it',
    });
  });
  if (api?.permissions === undefined) return answers;
  const { granted, namespace, reason } = api.permissions;
  const where = `in namespace ${sanitize(namespace)}`;
  switch (granted) {
    case 'some':
      return [ok('permissions', `RBAC grants access ${where}`)];
    case 'unknown':
      return [
        warning('permissions', `what the user may do ${where} is not known: ${reason}`, null),
      ];
    default:
      return [
        warning(
          'permissions',
          `the user is allowed to do nothing ${where}`,
          'ask a cluster administrator for a rule, or add -n NAMESPACE with the namespace of the job',
        ),
      ];
  }
}
