import { describe, expect, it } from 'vitest';
import {
  describeFilter,
  findProblems,
  readFilters,
  toRequestFilter,
} from '../../../../src/web/console/requests/log-filters.ts';

const nowMs = Date.parse('2026-11-24T12:00:00Z');
const read = (search: string) => readFilters(new URLSearchParams(search));

describe('readFilters', () => {
  it('reads what a URL names, and leaves out empty values and other parameters', () => {
    expect(read('status=FAILED&model=gpt-4o&endUser=&provider=%20stub%20&live=1&range=7d')).toEqual({
      status: 'FAILED',
      model: 'gpt-4o',
      provider: 'stub',
    });
  });

  it.each(['status=BROKEN', 'status=failed', 'source=x', 'fellBack=1', 'minTotalMs=1.5', 'minTotalMs=-1', 'since=x'])(
    'leaves out %s',
    (search) => expect(read(search)).toEqual({}),
  );
});

describe('toRequestFilter', () => {
  const convert = (search: string, range: string | null = null) => toRequestFilter(read(search), range, nowMs);

  it('converts texts to the types of GraphQL', () => {
    expect(convert('source=STREAM&minTotalMs=500&fellBack=false&tag=team%3Dsearch')).toEqual({
      source: 'STREAM',
      minTotalMs: 500,
      fellBack: false,
      tag: 'team=search',
    });
  });

  it('fixes the beginning of a range, and leaves the default and unknown ranges to the gateway', () => {
    expect(convert('', '7d')).toEqual({ since: '2026-11-17T12:00:00.000Z' });
    expect(convert('', null)).toEqual({});
    expect(convert('', '900d')).toEqual({});
  });

  it('prefers times that are set to a range', () => {
    expect(convert('until=2026-11-20T00:00:00Z', '7d')).toEqual({ until: '2026-11-20T00:00:00Z' });
  });

  it('looks an id up alone, but for the tenant and times that are set', () => {
    expect(convert('id=my-id&status=FAILED&tenantId=ten_1&since=2026-11-01T00:00:00Z', '1h')).toEqual({
      id: 'my-id',
      tenantId: 'ten_1',
      since: '2026-11-01T00:00:00Z',
    });
  });
});

describe('findProblems', () => {
  const find = (search: string) =>
    Object.keys(findProblems(Object.fromEntries(new URLSearchParams(search)), nowMs)).sort();

  it.each([
    ['', []],
    ['since=2026-11-23T00:00:00Z&tag=a%3D&minTotalMs=0', []],
    ['since=2026-11-25T00:00:00Z', ['since']],
    ['since=2026-10-01T00:00:00Z', ['since']],
    ['since=2026-10-01T00:00:00Z&until=2026-10-20T00:00:00Z', []],
    ['tag=team&minTotalMs=fast', ['minTotalMs', 'tag']],
  ])('names the fields of %j that are wrong: %j', (search, names) => expect(find(search)).toEqual(names));
});

describe('describeFilter', () => {
  it.each([
    ['model', 'gpt-4o', 'Model: gpt-4o'],
    ['status', 'CLIENT_GONE', 'Status: Client gone'],
    ['source', 'SYNC', 'Source: Whole reply'],
    ['fellBack', 'false', 'Did not fall back'],
    ['minTotalMs', '500', 'Took at least 500 ms'],
  ] as const)('describes %s %s', (name, value, text) => expect(describeFilter(name, value)).toBe(text));
});
