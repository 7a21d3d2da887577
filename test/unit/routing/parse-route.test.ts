import { describe, expect, it } from 'vitest';
import { parseRoute, parseRouteFile } from '../../../src/routing/parse-route.ts';

const providers = [
  { id: 'openai', aliases: [] },
  { id: 'claude', aliases: ['anthropic'] },
];
const target = { provider: 'openai', model: 'gpt-4o-mini' };
const defaults = {
  retry: { attempts: 3, deadlineMs: 60_000 },
  sticky: 'none',
  promptCache: 'off',
  cache: { ttlSeconds: 0 },
};

describe('parseRoute', () => {
  it('adds the defaults for fields that are absent or null', () => {
    const parsed = { name: 'fast', targets: [{ ...target, tier: 1, weight: 1 }], ...defaults };
    expect(parseRoute({ name: 'fast', targets: [target] }, providers)).toEqual(parsed);
    const nulls = { retry: null, sticky: null, promptCache: null, cache: { ttlSeconds: null } };
    const nullTarget = { ...target, tier: null, weight: null, params: null, firstByteTimeoutMs: null };
    expect(parseRoute({ name: 'fast', targets: [nullTarget], ...nulls }, providers)).toEqual(parsed);
  });

  it('tells a tenantId that is left out and null apart', () => {
    expect(parseRoute({ name: 'fast', targets: [target] }, providers).tenantId).toBeUndefined();
    expect(parseRoute({ name: 'fast', targets: [target], tenantId: null }, providers).tenantId).toBeNull();
  });

  it('accepts any provider where none are known', () => {
    expect(parseRoute({ name: 'fast', targets: [{ ...target, provider: 'mine' }] }, undefined).targets).toHaveLength(1);
  });

  it.each(['a', '0', 'gpt-4.1_x', 'a'.repeat(63)])('accepts the name %s', (name) => {
    expect(parseRoute({ name, targets: [target] }, providers).name).toBe(name);
  });

  it.each(['', '-a', '.a', 'A', 'a b', 'a/b', 'é', 'a\n', 'a'.repeat(64)])('rejects the name %j', (name) => {
    expect(() => parseRoute({ name, targets: [target] }, providers)).toThrow('name: must be 1 to 63 characters');
  });

  it.each<[object, string]>([
    [{ tragets: [] }, 'tragets: is not a known field: did you mean "targets"?'],
    [{ retry: { attemps: 2 } }, 'retry.attemps: is not a known field: did you mean "attempts"?'],
    [{ cache: { ttl: 2 } }, 'cache.ttl: is not a known field'],
    [{ sticky: 'user' }, 'sticky: must be one of none, session, endUser'],
    [{ promptCache: true }, 'promptCache: must be one of off, auto'],
    [{ targets: 'openai' }, 'targets: must be a list of 1 to 20 targets'],
    [{ targets: Array(1_000_000).fill(0) }, 'targets: must be a list of 1 to 20 targets'],
    [{ targets: [{ provider: 'openai' }] }, 'targets[0].model: must be the name of a model'],
    [{ targets: [{ ...target, wieght: 1 }] }, 'targets[0].wieght: is not a known field: did you mean "weight"?'],
    [{ targets: [{ ...target, weight: 1.5 }] }, 'targets[0].weight: must be a whole number from 1 to 1000'],
    [{ targets: [{ ...target, weight: 1001 }] }, 'targets[0].weight: must be a whole number from 1 to 1000'],
    [{ targets: [{ ...target, tier: 0 }] }, 'targets[0].tier: must be a whole number from 1 to 20'],
    [{ targets: [{ ...target, firstByteTimeoutMs: 600_001 }] }, 'targets[0].firstByteTimeoutMs: must be'],
    [{ targets: [{ ...target, model: 'a\u0000' }] }, 'targets[0].model: must be 1 to 256 printable ASCII'],
    [{ targets: [{ ...target, params: { messages: [] } }] }, 'targets[0].params.messages: belongs to the request'],
    [{ targets: [{ ...target, params: { model: 'x' } }] }, 'targets[0].params.model: belongs to the request'],
    [{ targets: [{ ...target, params: { temperature: 3 } }] }, 'targets[0].params.temperature: must be at most 2'],
    [{ targets: [{ ...target, params: [] }] }, 'targets[0].params: must be an object'],
    [
      { targets: [{ ...target, params: { stop: ['é'.repeat(2_048)] } }] },
      'targets[0].params: must be at most 4096 bytes of JSON',
    ],
    [{ targets: [{ ...target, provider: 'fast' }] }, 'is not a known provider: use one of openai, claude'],
  ])('rejects %.80j and names the field', (wrong, message) => {
    expect(() => parseRoute({ name: 'fast', targets: [target], ...wrong }, providers)).toThrow(message);
  });
});

describe('parseRouteFile', () => {
  it('accepts a list of routes, or one', () => {
    const route = { name: 'fast', targets: [{ ...target, provider: 'anthropic' }] };
    const parsed = parseRouteFile([route], providers);
    expect(parsed).toMatchObject([{ name: 'fast', targets: [{ provider: 'claude' }] }]);
    expect(parseRouteFile(route, providers)).toEqual(parsed);
    expect(parseRouteFile([], providers)).toEqual([]);
  });

  it.each<[unknown, string]>([
    [
      [
        { name: 'a', targets: [target] },
        { name: 'b', targets: [target, { ...target, weight: 0 }] },
      ],
      '[1].targets[1].weight: must be',
    ],
    [[{ name: 'a', targets: [{ ...target, provider: 'opnai' }] }], '[0].targets[0].provider: "opnai" is not'],
    [[5], '[0]: must be an object'],
    [
      [
        { name: 'a', targets: [target] },
        { name: 'a', targets: [target], tenantId: null },
      ],
      '[1].name: "a" is there twice',
    ],
    ['[]', 'The body: must be an object'],
  ])('rejects %j and names the place', (json, message) => {
    expect(() => parseRouteFile(json, providers)).toThrow(message);
  });
});
