import { sql } from 'drizzle-orm';
import { boolean, index, pgTable, text, timestamp } from 'drizzle-orm/pg-core';
import type { BodyRetention } from '../../domain/logging.ts';
import type { Scope } from '../../domain/scope.ts';
import { endUserLimitColumns, limitColumns } from './limits.ts';
import { tenants } from './tenants.ts';

const instant = (name: string) => timestamp(name, { withTimezone: true });

/** Tenants' API keys. Only the SHA-256 of a key is stored. */
export const apiKeys = pgTable(
  'api_keys',
  {
    /** `key_…`, which may be shown and logged. */
    id: text('id').primaryKey(),
    tenantId: text('tenant_id')
      .notNull()
      .references(() => tenants.id),
    name: text('name').notNull(),
    /** SHA-256 of the key, in lower-case hex. */
    keyHash: text('key_hash').notNull().unique(),
    /** The first characters of the key, by which its owner recognises it: `aia_Ab12`. */
    start: text('start'),
    scopes: text('scopes').array().$type<Scope[]>().notNull().default(sql`'{chat,jobs,read}'`),
    /** Null: any. */
    allowedProviders: text('allowed_providers').array(),
    /** Null: any. */
    allowedModels: text('allowed_models').array(),
    /** Rejects what a translation would drop. */
    strict: boolean('strict').notNull().default(false),
    /** The limits of its tenant apply too. */
    ...limitColumns(),
    ...endUserLimitColumns(),
    /** The end user of all requests of the key. Null: each request names its own. */
    endUser: text('end_user'),
    /** Which requests and replies are kept as they were. */
    keepBodies: text('keep_bodies').$type<BodyRetention>().notNull().default('none'),
    /** The key that this key replaces. */
    rotatedFrom: text('rotated_from'),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at'),
    revokedAt: instant('revoked_at'),
    /** Within a minute. */
    lastUsedAt: instant('last_used_at'),
  },
  (table) => [index('api_keys_tenant_id').on(table.tenantId)],
);
