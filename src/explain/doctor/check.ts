import type { DexchangeError, ErrorCode } from '../../errors.ts';
import type { CheckName, DoctorCheck } from './report.ts';

/** A check that found nothing wrong. */
export function ok(name: CheckName, found: string): DoctorCheck {
  return { name, state: 'ok', found, fix: null, code: null };
}

/** A check that was not needed or not reached; `found` says why. */
export function skipped(name: CheckName, found: string): DoctorCheck {
  return { name, state: 'skipped', found, fix: null, code: null };
}

/** A check that found something that can go wrong, and what to do. */
export function warning(name: CheckName, found: string, fix: string | null): DoctorCheck {
  return { name, state: 'warning', found, fix, code: null };
}

/** A check that found what stops a call; its code decides the exit code. */
export function failed(
  name: CheckName,
  { code, message, hint }: Pick<DexchangeError, 'message' | 'hint'> & { readonly code: ErrorCode },
): DoctorCheck {
  return { name, state: 'failed', found: message, fix: hint, code };
}
