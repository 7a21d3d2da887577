import { alertCommands } from './admin-alert-commands.ts';
import { archiveCommands } from './admin-archive-commands.ts';
import type { AdminCommand } from './admin-command.ts';
import { routeCommands } from './admin-route-commands.ts';
import { tenantCommands } from './admin-tenant-commands.ts';

/** The commands of `npm run admin`. */
export const adminCommands: Readonly<Record<string, AdminCommand>> = {
  ...tenantCommands,
  ...routeCommands,
  ...alertCommands,
  ...archiveCommands,
};
