import { expect, it, onTestFinished, vi } from 'vitest';
import { createGraphQlClient } from '../../../../src/web/console/app/graphql-client.ts';
import { followRequests } from '../../../../src/web/console/requests/follow-requests.ts';

const page = { nodes: [], pageInfo: { endCursor: null, hasNextPage: false }, scannedUntil: null };
const batch = { data: { requestsUpdated: { nodes: [], skipped: 7 } } };

/** Follows requests of a gateway that ends each subscription after one batch, with an error. */
function follow(code: string) {
  const documents: string[] = [];
  const toEvent = (result: object) => `event: next\ndata: ${JSON.stringify(result)}\n\n`;
  const events = [batch, { errors: [{ message: 'It has ended.', extensions: { code } }] }].map(toEvent).join('');
  vi.stubGlobal('fetch', async (_url: string, { body }: { readonly body: string }) => {
    const { query } = JSON.parse(body) as { readonly query: string };
    const [kind = ''] = query.split(' ');
    documents.push(kind);
    return kind === 'subscription'
      ? new Response(`${events}event: complete\ndata: \n\n`, { headers: { 'content-type': 'text/event-stream' } })
      : Response.json({ data: { requests: page } });
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  const skipped: number[] = [];
  const errors: string[] = [];
  const stop = followRequests(
    createGraphQlClient({ apiKey: 'aia_test', onUnauthorized: () => undefined }),
    { endUser: 'u7', since: '2026-11-24T12:00:00Z' },
    {
      onPage: () => undefined,
      onArrival: (arrival) => skipped.push(arrival.skipped),
      onError: ({ message }) => errors.push(message),
    },
  );
  onTestFinished(stop);
  return { skipped, errors, count: (kind: string) => documents.filter((document) => document === kind).length };
}

/** Waits for replies, which come without timers. */
const settle = () => vi.waitFor(() => new Promise((resolve) => setImmediate(resolve)));

it('subscribes again once for each end, counts a batch once, and reads the newest page after each start', async () => {
  const { skipped, errors, count } = follow('unavailable');
  for (let second = 0; second < 7; second += 1) {
    await settle();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  await settle();
  expect(count('subscription')).toBe(4);
  expect(count('query')).toBe(5);
  expect(skipped.slice(0, 3)).toEqual([7, 7, 7]);
  expect(errors).toEqual([]);
});

it('ends with an error that does not pass', async () => {
  const { errors, count } = follow('forbidden');
  await settle();
  await vi.advanceTimersByTimeAsync(10_000);
  await settle();
  expect(count('subscription')).toBe(1);
  expect(errors).toEqual(['[GraphQL] It has ended.']);
});
