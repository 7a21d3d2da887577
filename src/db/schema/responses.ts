import { customType, index, integer, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';
import { tenants } from './tenants.ts';

const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
const instant = (name: string) => timestamp(name, { withTimezone: true });

/**
 * Stored responses. A reply that the gateway has translated is stored with its content. Of one that a provider stores in the
 * operator's account there is the id alone, by which its tenant may refer to it.
 */
export const responses = pgTable(
  'responses',
  {
    tenantId: text('tenant_id')
      .notNull()
      .references(() => tenants.id, { onDelete: 'cascade' }),
    /** `resp_…`, or what the provider calls it. */
    id: text('id').notNull(),
    /** The provider that stores it; null: the gateway does, and the content is here. */
    provider: text('provider'),
    /** The ids of the items of its output, where a provider stores it. */
    itemIds: text('item_ids').array(),
    /** The response that it continues. */
    previousId: text('previous_id'),
    /** The items of the request's own input, as JSON, with gzip. */
    input: bytes('input'),
    /** The items of the output, as JSON, with gzip. */
    output: bytes('output'),
    /** The rest of the response, as JSON, with gzip. */
    reply: bytes('reply'),
    /** The characters of input and output before compression. */
    contentLength: integer('content_length'),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    index('responses_expires_at').on(table.expiresAt),
    index('responses_item_ids').using('gin', table.itemIds),
  ],
);
