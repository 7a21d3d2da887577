import { recordAudit } from '../audit/record-audit.ts';
import { findRequestBodies } from '../db/queries/request-bodies.ts';
import { fromBase64 } from '../lib/base64-url.ts';
import { gunzip } from '../lib/gzip.ts';
import type { TenantDependencies } from './tenant-dependencies.ts';

/** The bodies of a request, as they are kept: secrets are masked. */
export interface RequestBodies {
  readonly requestId: string;
  readonly tenantId: string;
  readonly request: string | null;
  readonly reply: string | null;
  readonly isRequestCut: boolean;
  readonly isReplyCut: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Reads the bodies of a request, and records that in the audit log first; undefined where none are kept. */
export async function readRequestBodies(
  { database, actor }: Pick<TenantDependencies, 'database' | 'actor'>,
  requestId: string,
): Promise<RequestBodies | undefined> {
  if (!/^req_\w{1,64}$/.test(requestId)) return undefined;
  const row = await findRequestBodies(database, requestId);
  if (!row) return undefined;
  const { tenantId, isRequestCut, isReplyCut, createdAt, expiresAt } = row;
  const subject = { subjectType: 'request', subjectId: requestId } as const;
  await recordAudit(database, {
    actor,
    tenantId,
    action: 'request_bodies.read',
    ...subject,
    before: null,
    after: null,
  });
  const [request, reply] = await Promise.all([readText(row.request), readText(row.reply)]);
  return { requestId, tenantId, request, reply, isRequestCut, isReplyCut, createdAt, expiresAt };
}

async function readText(compressed: string | null): Promise<string | null> {
  // Postgres breaks base64 into lines.
  return compressed === null ? null : await gunzip(fromBase64(compressed.replaceAll('\n', '')));
}
