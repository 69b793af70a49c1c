import type { Colors } from '../terminal/colors.ts';
import type { Status } from './report.ts';

/** The color of a status. */
export function statusColor(status: Status, colors: Colors): (text: string) => string {
  switch (status) {
    case 'ok':
      return colors.ok;
    case 'failed':
      return colors.failed;
    case 'skipped':
      return colors.dim;
    case 'warning':
      return colors.warning;
  }
}
