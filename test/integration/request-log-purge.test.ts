import { eq } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { requestBodies } from '../../src/db/schema/request-bodies.ts';
import { requests } from '../../src/db/schema/requests.ts';
import { labelNames, usageLabels } from '../../src/db/schema/usage-labels.ts';
import { newId } from '../../src/domain/ids.ts';
import { purgeLog } from '../../src/request-log/purge-log.ts';
import { createTenant, database } from './gateway.ts';
import { insertRequest } from './request-rows.ts';

const dayMs = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * dayMs);

it('deletes requests, bodies and labels whose retention has ended, and nothing else', async () => {
  const { tenantId } = await createTenant();
  const kept = await insertRequest({ tenantId, age: 6.9 * dayMs, endUser: 'recent' });
  await insertRequest({ tenantId, age: 7.1 * dayMs, endUser: 'old' });
  const body = { tenantId, isRequestCut: false, isReplyCut: false };
  const keptBody = newId('req');
  await database.insert(requestBodies).values([
    { ...body, requestId: keptBody, expiresAt: ago(-1) },
    { ...body, requestId: newId('req'), expiresAt: ago(0.1) },
  ]);
  await database
    .update(usageLabels)
    .set({ day: ago(401) })
    .where(eq(usageLabels.label, 'old'));
  await database
    .update(labelNames)
    .set({ firstSeenAt: ago(31) })
    .where(eq(labelNames.label, 'old'));
  await purgeLog(database, 7);
  const ids = await database.select({ id: requests.id }).from(requests).where(eq(requests.tenantId, tenantId));
  expect(ids).toEqual([{ id: kept.id }]);
  const ofTenant = eq(requestBodies.tenantId, tenantId);
  const bodies = await database.select({ id: requestBodies.requestId }).from(requestBodies).where(ofTenant);
  expect(bodies).toEqual([{ id: keptBody }]);
  for (const table of [usageLabels, labelNames]) {
    const labels = await database.select({ label: table.label }).from(table).where(eq(table.tenantId, tenantId));
    expect(labels).toEqual([{ label: 'recent' }]);
  }
});
