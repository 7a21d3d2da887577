import { listAlerts } from '../db/queries/alerts.ts';
import type { Alert } from '../domain/alert.ts';
import type { AdminCommands } from './admin-command.ts';
import { formatTable } from './format-table.ts';
import { testAlert } from './test-alert.ts';

const maxAlerts = 1000;

/** The commands for alerts. */
export const alertCommands: AdminCommands = {
  alerts: {
    arguments: [],
    options: [],
    summary: 'lists the alerts that have been sent, the active ones first',
    run: async ({ database }) => {
      const alerts = await listAlerts(database, maxAlerts);
      const columns = ['name', 'subject', 'state', 'since', 'failed', 'errors', 'webhook'];
      const table = formatTable(columns, alerts.map(describeAlert));
      return { text: alerts.length === 0 ? 'No alert has been sent.' : table, value: alerts };
    },
  },
  'test-alert': {
    arguments: [],
    options: [],
    summary: 'sends alert.test to ALERT_WEBHOOK_URL, and says what came back',
    runLocally: async (variables) => {
      const outcome = await testAlert({ variables });
      return { text: outcome, value: { outcome } };
    },
  },
};

function describeAlert({ name, subject, active, since, failed, attempts, errorCodes, delivery }: Alert): string[] {
  const webhook = delivery ? [delivery.status.toLowerCase(), delivery.error ?? ''].join(' ').trim() : 'deleted';
  const state = active ? 'active' : 'ended';
  return [name, subject, state, since.toISOString(), `${failed} of ${attempts}`, errorCodes.join(','), webhook];
}
