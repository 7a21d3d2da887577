import { describe, expect, it } from 'vitest';
import {
  addTarget,
  createRouteDraft,
  encodeRouteDraft,
  listFieldPaths,
  moveTarget,
  type RouteDraft,
  toRouteDraft,
} from '../../../../src/web/console/models/route-draft.ts';

const first = { ...createRouteDraft('stub'), name: ' fast ' };
const withModel = (draft: RouteDraft, index: number, model: string): RouteDraft => ({
  ...draft,
  targets: draft.targets.map((target, place) => (place === index ? { ...target, model } : target)),
});
const draft = withModel(withModel(addTarget(first, 'claude'), 0, 'stub-error'), 1, 'claude-haiku-4-5');

describe('encodeRouteDraft', () => {
  it('encodes a target behind another one as its fallback', () => {
    expect(encodeRouteDraft(draft)).toEqual({
      input: {
        name: 'fast',
        targets: [
          { provider: 'stub', model: 'stub-error', tier: 1, weight: 1 },
          { provider: 'claude', model: 'claude-haiku-4-5', tier: 2, weight: 1 },
        ],
        retry: { attempts: 3, deadlineMs: 60_000 },
        sticky: 'none',
        promptCache: 'off',
        cache: { ttlSeconds: 0 },
      },
    });
  });

  it('names the tenant of a global route, and leaves out that of an own one', () => {
    expect(encodeRouteDraft({ ...draft, owner: 'global' })).toMatchObject({ input: { tenantId: null } });
    expect(encodeRouteDraft(draft)).not.toHaveProperty('input.tenantId');
  });

  it('leaves out what is empty', () => {
    expect(encodeRouteDraft({ ...draft, attempts: ' ', cacheTtlSeconds: '' })).toMatchObject({
      input: { retry: { attempts: undefined, deadlineMs: 60_000 }, cache: { ttlSeconds: undefined } },
    });
  });

  it('parses the parameters of a target', () => {
    const targets = draft.targets.map((target) => ({ ...target, params: '{"temperature": 0.2}' }));
    expect(encodeRouteDraft({ ...draft, targets })).toMatchObject({
      input: { targets: [{ params: { temperature: 0.2 } }, { params: { temperature: 0.2 } }] },
    });
  });

  it.each([
    ['tier', 'one', 'must be a whole number'],
    ['weight', '1.5', 'must be a whole number'],
    ['firstByteTimeoutMs', '12345678901', 'must be a whole number'],
    ['params', '[1]', 'must be a JSON object such as {"temperature": 0.2}'],
    ['params', '{temperature}', expect.stringMatching(/^is not JSON: /)],
  ])('reports %s %j by its path', (field, text, problem) => {
    const targets = draft.targets.map((target, index) => (index === 1 ? { ...target, [field]: text } : target));
    expect(encodeRouteDraft({ ...draft, targets })).toEqual({ problems: new Map([[`targets[1].${field}`, problem]]) });
  });

  it('reports each field that is wrong', () => {
    const encoded = encodeRouteDraft({ ...draft, attempts: 'x', deadlineMs: 'y', cacheTtlSeconds: 'z' });
    expect('problems' in encoded && [...encoded.problems.keys()]).toEqual([
      'retry.attempts',
      'retry.deadlineMs',
      'cache.ttlSeconds',
    ]);
  });
});

describe('toRouteDraft', () => {
  it('makes a draft that is encoded as the route', () => {
    const route = {
      name: 'fast',
      tenantId: null,
      version: 2,
      targets: [
        { provider: 'stub', model: 'stub', tier: 1, weight: 80, params: { topK: 3 }, firstByteTimeoutMs: 500 },
        { provider: 'stub', model: 'other', tier: 1, weight: 20, params: null, firstByteTimeoutMs: null },
      ],
      retry: { attempts: 2, deadlineMs: 5_000 },
      sticky: 'session',
      promptCache: 'auto',
      cache: { ttlSeconds: 60 },
      versions: [],
    } as const;
    expect(encodeRouteDraft(toRouteDraft(route))).toEqual({
      input: {
        name: 'fast',
        tenantId: null,
        targets: [
          { provider: 'stub', model: 'stub', tier: 1, weight: 80, params: { topK: 3 }, firstByteTimeoutMs: 500 },
          { provider: 'stub', model: 'other', tier: 1, weight: 20 },
        ],
        retry: { attempts: 2, deadlineMs: 5_000 },
        sticky: 'session',
        promptCache: 'auto',
        cache: { ttlSeconds: 60 },
      },
    });
  });
});

describe('moveTarget', () => {
  const models = ({ targets }: RouteDraft) => targets.map(({ model, tier }) => `${tier} ${model}`);

  it('exchanges the tiers of the targets', () => {
    expect(models(moveTarget(draft, 1, -1))).toEqual(['1 claude-haiku-4-5', '2 stub-error']);
    expect(models(moveTarget(draft, 0, 1))).toEqual(['1 claude-haiku-4-5', '2 stub-error']);
  });

  it('leaves a target at the end of the list where it is', () => {
    expect(moveTarget(draft, 0, -1)).toBe(draft);
    expect(moveTarget(draft, 1, 1)).toBe(draft);
  });

  it('makes the same draft when a target is moved back', () => {
    expect(moveTarget(moveTarget(draft, 0, 1), 1, -1)).toEqual(draft);
  });
});

describe('addTarget', () => {
  it('gives each target a key and a tier of its own, up to the last tier', () => {
    const many = Array.from({ length: 24 }).reduce<RouteDraft>((all) => addTarget(all, 'stub'), draft);
    expect(new Set(many.targets.map(({ key }) => key)).size).toBe(26);
    expect(many.targets.at(2)?.tier).toBe('3');
    expect(many.targets.at(-1)?.tier).toBe('20');
  });
});

describe('listFieldPaths', () => {
  it('lists the fields of each target', () => {
    expect(listFieldPaths(draft)).toContain('targets[1].firstByteTimeoutMs');
    expect(listFieldPaths(draft)).not.toContain('targets[2].model');
  });
});
