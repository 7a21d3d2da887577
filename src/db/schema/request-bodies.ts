import { boolean, customType, index, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
const instant = (name: string) => timestamp(name, { withTimezone: true });

/** The bodies of requests and their replies, of API keys that keep them. Secrets in them are masked before they are written. */
export const requestBodies = pgTable(
  'request_bodies',
  {
    /** `req_…` */
    requestId: text('request_id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    endUser: text('end_user'),
    /** UTF-8 with gzip, at most 64 KiB before compression. Null: the request or the reply had no readable body. */
    request: bytes('request'),
    reply: bytes('reply'),
    /** Whether the rest of it was cut off. */
    isRequestCut: boolean('is_request_cut').notNull(),
    isReplyCut: boolean('is_reply_cut').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    index('request_bodies_expires_at').on(table.expiresAt),
    index('request_bodies_end_user').on(table.tenantId, table.endUser),
  ],
);
