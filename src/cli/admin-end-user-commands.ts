import { StartError } from '../dev/start-error.ts';
import { forgetEndUser } from '../tenants/forget-end-user.ts';
import { type RequestBodies, readRequestBodies } from '../tenants/request-bodies.ts';
import type { AdminCommands } from './admin-command.ts';
import { findTenant } from './find-tenant.ts';

/** The commands for what is stored of end users and their requests. */
export const endUserCommands: AdminCommands = {
  'request-bodies': {
    arguments: ['ID'],
    options: [],
    summary: 'shows the kept bodies of a request, and records that in the audit log',
    run: async (dependencies, { arguments: [id = ''] }) => {
      const bodies = await readRequestBodies(dependencies, id);
      if (!bodies) throw new StartError(`No bodies of the request "${id.slice(0, 64)}" are kept.`);
      return { text: formatBodies(bodies), value: bodies };
    },
  },
  'forget-end-user': {
    arguments: ['TENANT', 'END_USER'],
    options: [],
    summary: 'erases an end user from the request log, the ledger, jobs, kept bodies and sums; safe to repeat',
    run: async (dependencies, { arguments: [name = '', endUser = ''] }) => {
      const { id: tenantId } = await findTenant(dependencies, name);
      const forgotten = await forgetEndUser(dependencies, { tenantId, endUser });
      const { requests, ledgerRows, jobs, bodies, days, pinnedKeyIds, isComplete } = forgotten;
      const lines = [
        `Erased from ${requests} requests, ${ledgerRows} ledger rows, ${jobs} jobs and the sums of ${days} days; the bodies of ${bodies} requests are deleted.`,
        ...pinnedKeyIds.map(
          (id) => `Key ${id} still names this end user: npm run admin -- update-key ${id} --end-user none`,
        ),
        ...(isComplete ? [] : ['There is more: run the command again.']),
      ];
      return { text: lines.join('\n'), value: forgotten };
    },
  },
};

function formatBodies({ request, reply, isRequestCut, isReplyCut, expiresAt }: RequestBodies): string {
  const format = (name: string, body: string | null, isCut: boolean) =>
    `${name}${isCut ? ' (cut)' : ''}:\n${body ?? 'not kept'}`;
  const until = `Kept until ${expiresAt.toISOString()}.`;
  return [until, format('Request', request, isRequestCut), format('Reply', reply, isReplyCut)].join('\n\n');
}
