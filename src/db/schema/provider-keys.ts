import { pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { tenants } from './tenants.ts';

/** Tenants' own provider API keys (BYOK), each used for its tenant's requests only. */
export const providerKeys = pgTable(
  'provider_keys',
  {
    tenantId: text('tenant_id')
      .notNull()
      .references(() => tenants.id),
    /** A provider's id, such as `openai`. */
    provider: text('provider').notNull(),
    /** AES-256-GCM under `ENCRYPTION_KEY`, bound to the tenant and the provider: `v1.<nonce>.<ciphertext>`, base64url. */
    encryptedKey: text('sealed').notNull(),
    /** The last four characters, by which its owner recognises it. */
    ending: text('ending').notNull(),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.provider] })],
);
