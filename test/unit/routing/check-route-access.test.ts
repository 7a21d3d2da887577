import { describe, expect, it } from 'vitest';
import type { Route } from '../../../src/domain/route.ts';
import { canUseRoute, checkRouteAccess } from '../../../src/routing/check-route-access.ts';

const groq = { provider: 'groq', model: 'llama-3.3-70b-versatile', tier: 1, weight: 1 };
const openAi = { provider: 'openai', model: 'gpt-4o-mini', tier: 2, weight: 1 };
const route: Route = {
  name: 'fast',
  tenantId: null,
  version: 1,
  targets: [groq, openAi],
  retry: { attempts: 3, deadlineMs: 60_000 },
  sticky: 'none',
  promptCache: 'off',
  cacheTtlSeconds: 0,
};

const key = (allowedModels: string[] | null, allowedProviders: string[] | null = null) => {
  return { allowedModels, allowedProviders };
};

describe('a key', () => {
  it.each([
    ['without lists may use a route', key(null)],
    ['that lists the route may use it, and needs none of its targets on the list', key(['fast'])],
    ['that lists all providers of the route may use it', key(['fast'], ['openai', 'groq'])],
  ])('%s', (_, lists) => {
    expect(checkRouteAccess(route, lists)).toEqual([groq, openAi]);
    expect(canUseRoute(route, lists)).toBe(true);
  });

  it('gets the targets only whose providers it may use', () => {
    expect(checkRouteAccess(route, key(null, ['openai']))).toEqual([openAi]);
  });

  it.each([
    [key(['gpt-4o-mini', 'other']), 'model: "fast" is not allowed to this API key: it may use gpt-4o-mini, other.'],
    [key([]), 'model: "fast" is not allowed to this API key: it may use none.'],
    [key(null, ['claude']), 'model: "fast" leads to groq, openai only, and this API key may use claude.'],
    [key(['fast'], []), 'model: "fast" leads to groq, openai only, and this API key may use no provider.'],
  ])('with the lists %j is refused', (lists, message) => {
    expect(() => checkRouteAccess(route, lists)).toThrow(expect.objectContaining({ code: 'forbidden', message }));
    expect(canUseRoute(route, lists)).toBe(false);
  });
});
