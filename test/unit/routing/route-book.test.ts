import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Route } from '../../../src/domain/route.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import { RouteBook } from '../../../src/routing/route-book.ts';

function createRoute(name: string, tenantId: string | null = null, version = 1): Route {
  return {
    name,
    tenantId,
    version,
    targets: [{ provider: 'stub', model: 'stub', tier: 1, weight: 1 }],
    retry: { attempts: 3, deadlineMs: 60_000 },
    sticky: 'none',
    promptCache: 'off',
    cacheTtlSeconds: 0,
  };
}

let nowMs: number;
let rows: Route[];
let load: ReturnType<typeof vi.fn<() => Promise<Route[]>>>;
let logged: string[];
let behind: Promise<unknown>[];

const waitUntil = (work: Promise<unknown>) => void behind.push(work);

function createBook(file: readonly Route[] = []): RouteBook {
  const logger = createLogger('info', (line) => void logged.push(line));
  return new RouteBook({ load, file, logger, now: () => nowMs });
}

beforeEach(() => {
  nowMs = 0;
  rows = [];
  logged = [];
  behind = [];
  load = vi.fn(async () => rows);
});

describe('find', () => {
  it('returns the route of the tenant before the global one, and none of another tenant', async () => {
    rows = [createRoute('fast', 'ten_1', 2), createRoute('fast', null, 7), createRoute('own', 'ten_2')];
    const book = createBook();
    await book.reload();
    expect(book.find('ten_1', 'fast')?.version).toBe(2);
    expect(book.find('ten_2', 'fast')?.version).toBe(7);
    expect(book.find('ten_1', 'own')).toBeUndefined();
    expect(book.find('ten_1', 'constructor')).toBeUndefined();
  });

  it('returns a stored route before one of the file with its name and owner', async () => {
    rows = [createRoute('fast', null, 3)];
    const book = createBook([createRoute('fast', null, 0), createRoute('slow', null, 0)]);
    expect(book.find('ten_1', 'fast')?.version).toBe(0);
    await book.reload();
    expect(book.find('ten_1', 'fast')?.version).toBe(3);
    expect(book.find('ten_1', 'slow')?.version).toBe(0);
    rows = [];
    await book.reload();
    expect(book.find('ten_1', 'fast')?.version).toBe(0);
  });
});

it('lists the routes of a tenant and the global ones by name, each name once', async () => {
  rows = [createRoute('b', null, 1), createRoute('b', 'ten_1', 2), createRoute('c', 'ten_2'), createRoute('a')];
  const book = createBook();
  await book.reload();
  expect(book.list('ten_1').map(({ name, version }) => [name, version])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
  expect(book.list('ten_3').map(({ name }) => name)).toEqual(['a', 'b']);
});

describe('the routes are loaded', () => {
  it('before the first request, then behind one after 15 seconds', async () => {
    rows = [createRoute('fast')];
    const book = createBook();
    await book.ready(waitUntil);
    expect(book.find('ten_1', 'fast')).toBeDefined();
    rows = [];
    nowMs += 14_999;
    expect(book.ready(waitUntil)).toBeUndefined();
    expect(load).toHaveBeenCalledTimes(1);
    nowMs += 1;
    expect(book.ready(waitUntil)).toBeUndefined();
    await Promise.all(behind);
    expect(book.find('ten_1', 'fast')).toBeUndefined();
  });

  it('before a request that comes after 20 seconds without any', async () => {
    const book = createBook();
    await book.ready(waitUntil);
    rows = [createRoute('fast')];
    nowMs += 20_000;
    await book.ready(waitUntil);
    expect(book.find('ten_1', 'fast')).toBeDefined();
  });

  it('and stay where the database fails, which is logged', async () => {
    rows = [createRoute('fast')];
    const book = createBook();
    await book.ready(waitUntil);
    load.mockRejectedValue(new Error('no connection'));
    nowMs += 20_000;
    await book.ready(waitUntil);
    expect(book.find('ten_1', 'fast')).toBeDefined();
    expect(logged).toEqual([expect.stringContaining('the routes could not be read')]);
  });

  it('or are those of the file where the database has failed from the start', async () => {
    load.mockRejectedValue(new Error('no connection'));
    const book = createBook([createRoute('fast', null, 0)]);
    await book.ready(waitUntil);
    expect(book.find('ten_1', 'fast')?.version).toBe(0);
  });
});
