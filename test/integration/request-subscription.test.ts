import { afterEach, describe, expect, it, vi } from 'vitest';
import { createKey, createTenant, post } from './gateway.ts';
import { type Json, queryData } from './graphql.ts';
import { insertRequest, insertRequests } from './request-rows.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const document =
  'subscription ($filter: RequestFilter) { requestsUpdated(filter: $filter) { nodes { id attempts { number } } skipped } }';

interface Batch {
  readonly nodes: readonly { readonly id: string }[];
  readonly skipped: number;
}

/** Subscribes, and returns the batches as they come. An error is thrown with its code. */
async function subscribe(key: string, filter: Json = {}): Promise<AsyncGenerator<Batch, void>> {
  const headers = { 'x-api-key': key, accept: 'text/event-stream' };
  const response = await post('/graphql', { query: document, variables: { filter } }, headers);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  return readBatches(response);
}

async function* readBatches(response: Response): AsyncGenerator<Batch, void> {
  let text = '';
  for await (const bytes of response.body ?? []) {
    text += new TextDecoder().decode(bytes as Uint8Array);
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const json = /^event: next\ndata: (.+)$/.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (json === undefined) continue;
      const { data, errors } = JSON.parse(json);
      if (errors) throw new Error(errors[0].extensions.code);
      yield data.requestsUpdated;
    }
  }
}

/** Collects ids until there are so many. */
async function collectIds(batches: AsyncGenerator<Batch, void>, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const { value } = await batches.next();
    if (!value) break;
    ids.push(...value.nodes.map(({ id }) => id));
  }
  return ids;
}

/** A subscription begins with its first statement. */
const start = () => scheduler.wait(300);

describe('requestsUpdated', () => {
  it('sends each request once as it is written, and none of another tenant', async () => {
    const [mine, other] = [await createTenant(), await createTenant()];
    await insertRequest({ tenantId: mine.tenantId });
    const batches = await subscribe(mine.key);
    await start();
    await insertRequest({ tenantId: other.tenantId });
    // A request that began long ago has just ended.
    const old = await insertRequest({ tenantId: mine.tenantId, age: 600_000 });
    expect(await collectIds(batches, 1)).toEqual([old.id]);
    const more = await insertRequests(3, { tenantId: mine.tenantId });
    expect((await collectIds(batches, 3)).toSorted()).toEqual(more.toSorted());
    await batches.return();
  });

  it('sends what the filter selects', async () => {
    const { tenantId, key } = await createTenant();
    const batches = await subscribe(key, { status: 'FAILED', tag: 'team=a' });
    await start();
    await insertRequest({ tenantId, status: 'failed' });
    await insertRequest({ tenantId, tags: { team: 'a' } });
    const { id } = await insertRequest({ tenantId, status: 'failed', tags: { team: 'a' } });
    expect(await collectIds(batches, 1)).toEqual([id]);
    await batches.return();
  });

  it('follows 50 requests a second without skipping any', async () => {
    const { tenantId, key } = await createTenant();
    const batches = await subscribe(key);
    await start();
    const written: string[] = [];
    const writing = (async () => {
      for (let turn = 0; turn < 6; turn += 1) {
        written.push(...(await insertRequests(25, { tenantId })));
        await scheduler.wait(500);
      }
    })();
    const ids = await collectIds(batches, 150);
    await writing;
    expect(ids.toSorted()).toEqual(written.toSorted());
    await batches.return();
  });

  it('counts what a flood has more than a batch', async () => {
    const { tenantId, key } = await createTenant();
    const batches = await subscribe(key);
    await start();
    await insertRequests(450, { tenantId });
    const { value } = await batches.next();
    expect([value?.nodes.length, value?.skipped]).toEqual([200, 250]);
    const { id } = await insertRequest({ tenantId });
    expect(await collectIds(batches, 1)).toEqual([id]);
    await batches.return();
  });

  it('ends when its key is revoked', async () => {
    const admin = await createTenant({ scopes: ['admin'] });
    const { tenantId } = await createTenant();
    const { key, keyId } = await createKey(tenantId);
    const batches = await subscribe(key);
    await start();
    await queryData(admin.key, 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }', { id: keyId });
    await expect(batches.next()).rejects.toThrow('unauthorized');
  }, 20_000);

  it('asks the client to reconnect after ten minutes', async () => {
    const { key } = await createTenant();
    const batches = await subscribe(key);
    await start();
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + 601_000);
    await expect(batches.next()).rejects.toThrow('unavailable');
  });

  it('rejects a time, and a filter that is wrong', async () => {
    const { key } = await createTenant();
    for (const filter of [{ since: '2026-01-01T00:00:00Z' }, { endUser: '' }, { tenantId: 'ten_other' }]) {
      const batches = await subscribe(key, filter);
      await expect(batches.next()).rejects.toThrow(/invalid_request|forbidden/);
    }
  });
});
