import { listAlerts } from '../db/queries/alerts.ts';
import type { Alert } from '../domain/alert.ts';
import type { AdminCommand } from './admin-command.ts';
import { formatTable } from './format-table.ts';

const maxAlerts = 1000;

/** The commands for alerts. */
export const alertCommands: Readonly<Record<string, AdminCommand>> = {
  alerts: {
    takesArgument: false,
    usage: '[--json]                   the alerts that have been sent, the active ones first',
    run: async ({ database }, _, { json }) => {
      const alerts = await listAlerts(database, maxAlerts);
      if (json) return JSON.stringify(alerts, null, 2);
      if (alerts.length === 0) return 'No alert has been sent.';
      return formatTable(
        ['name', 'subject', 'state', 'since', 'failed', 'errors', 'webhook'],
        alerts.map(describeAlert),
      );
    },
  },
};

function describeAlert({ name, subject, active, since, failed, attempts, errorCodes, delivery }: Alert): string[] {
  const webhook = delivery ? [delivery.status.toLowerCase(), delivery.error ?? ''].join(' ').trim() : 'deleted';
  const state = active ? 'active' : 'ended';
  return [name, subject, state, since.toISOString(), `${failed} of ${attempts}`, errorCodes.join(','), webhook];
}
