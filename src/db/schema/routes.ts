import { sql } from 'drizzle-orm';
import { boolean, index, integer, json, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import type { RouteDefinition } from '../../domain/route.ts';
import { tenants } from './tenants.ts';

/** Routes (virtual models). Rows are only added: each change of a route is a version, and so is its deletion. */
export const routes = pgTable(
  'routes',
  {
    /** `rte_…` */
    id: text('id').primaryKey(),
    /** Null: global. */
    tenantId: text('tenant_id').references(() => tenants.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    version: integer('version').notNull(),
    /** Null: the route was deleted. */
    definition: json('definition').$type<RouteDefinition>(),
    /** False once there is a later version. */
    isLatest: boolean('is_latest').notNull().default(true),
    /** The id of an API key, or `cli`. */
    changedBy: text('changed_by').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    // Two changes at once are two versions: the index lets one of them through, and the other one is made again.
    uniqueIndex('routes_latest').on(sql`coalesce(tenant_id, '')`, table.name).where(sql`is_latest`),
    index('routes_versions').on(sql`coalesce(tenant_id, '')`, table.name, table.version),
  ],
);
