import type { PromptCache, RouteDetailsQuery, RouteTargetInput, SetRouteInput, Sticky } from './models.generated.ts';

type Route = NonNullable<RouteDetailsQuery['route']>;

/** A target while it is edited: all values are texts, and empty ones stand for the default. */
export interface TargetDraft {
  /** Identifies it while targets are moved. */
  readonly key: number;
  readonly provider: string;
  readonly model: string;
  readonly tier: string;
  readonly weight: string;
  /** A JSON object. */
  readonly params: string;
  readonly firstByteTimeoutMs: string;
}

/** A route while it is edited. */
export interface RouteDraft {
  readonly name: string;
  readonly owner: 'tenant' | 'global';
  readonly targets: readonly TargetDraft[];
  readonly attempts: string;
  readonly deadlineMs: string;
  readonly sticky: Sticky;
  readonly promptCache: PromptCache;
  readonly cacheTtlSeconds: string;
}

/** What is wrong with fields, by their paths in the input: `targets[0].weight`. */
type Problems = ReadonlyMap<string, string>;

const maxTier = 20;

/** Creates a target behind others: a fallback of them. */
function createTarget(targets: readonly TargetDraft[], provider: string): TargetDraft {
  const tiers = targets.map(({ tier }) => Number(tier)).filter(Number.isInteger);
  return {
    key: Math.max(0, ...targets.map(({ key }) => key)) + 1,
    provider,
    model: '',
    tier: String(Math.min(maxTier, Math.max(0, ...tiers) + 1)),
    weight: '1',
    params: '',
    firstByteTimeoutMs: '',
  };
}

export function createRouteDraft(provider: string): RouteDraft {
  return {
    name: '',
    owner: 'tenant',
    targets: [createTarget([], provider)],
    attempts: '3',
    deadlineMs: '60000',
    sticky: 'none',
    promptCache: 'off',
    cacheTtlSeconds: '0',
  };
}

export function toRouteDraft(route: Route): RouteDraft {
  return {
    name: route.name,
    owner: route.tenantId === null ? 'global' : 'tenant',
    targets: route.targets.map((target, index) => ({
      key: index + 1,
      provider: target.provider,
      model: target.model,
      tier: String(target.tier),
      weight: String(target.weight),
      params: target.params == null ? '' : JSON.stringify(target.params, null, 2),
      firstByteTimeoutMs: target.firstByteTimeoutMs === null ? '' : String(target.firstByteTimeoutMs),
    })),
    attempts: String(route.retry.attempts),
    deadlineMs: String(route.retry.deadlineMs),
    sticky: route.sticky,
    promptCache: route.promptCache,
    cacheTtlSeconds: String(route.cache.ttlSeconds),
  };
}

export function addTarget(draft: RouteDraft, provider: string): RouteDraft {
  return { ...draft, targets: [...draft.targets, createTarget(draft.targets, provider)] };
}

/** Moves a target by one place. The tiers stay where they are, so that the target changes its tier with its neighbour's. */
export function moveTarget(draft: RouteDraft, index: number, step: 1 | -1): RouteDraft {
  const target = draft.targets[index];
  const neighbour = draft.targets[index + step];
  if (!target || !neighbour) return draft;
  const targets = draft.targets.with(index, { ...neighbour, tier: target.tier });
  return { ...draft, targets: targets.with(index + step, { ...target, tier: neighbour.tier }) };
}

type EncodedRoute = { readonly input: SetRouteInput } | { readonly problems: Problems };

/** Encodes a draft as the input of `setRoute`. The gateway checks ranges and names; here only texts that are no numbers and no JSON are problems. */
export function encodeRouteDraft(draft: RouteDraft): EncodedRoute {
  const problems = new Map<string, string>();
  const number = (path: string, text: string) => {
    const trimmed = text.trim();
    if (trimmed === '') return undefined;
    if (!/^-?\d{1,9}$/.test(trimmed)) problems.set(path, 'must be a whole number');
    return Number(trimmed);
  };
  const input: SetRouteInput = {
    name: draft.name.trim(),
    ...(draft.owner === 'global' && { tenantId: null }),
    targets: draft.targets.map((target, index) => encodeTarget(target, `targets[${index}]`, number, problems)),
    retry: {
      attempts: number('retry.attempts', draft.attempts),
      deadlineMs: number('retry.deadlineMs', draft.deadlineMs),
    },
    sticky: draft.sticky,
    promptCache: draft.promptCache,
    cache: { ttlSeconds: number('cache.ttlSeconds', draft.cacheTtlSeconds) },
  };
  return problems.size > 0 ? { problems } : { input };
}

function encodeTarget(
  { provider, model, tier, weight, params, firstByteTimeoutMs }: TargetDraft,
  path: string,
  number: (path: string, text: string) => number | undefined,
  problems: Map<string, string>,
): RouteTargetInput {
  return {
    provider,
    model: model.trim(),
    tier: number(`${path}.tier`, tier),
    weight: number(`${path}.weight`, weight),
    params: params.trim() === '' ? undefined : parseParams(params, `${path}.params`, problems),
    firstByteTimeoutMs: number(`${path}.firstByteTimeoutMs`, firstByteTimeoutMs),
  };
}

function parseParams(text: string, path: string, problems: Map<string, string>): unknown {
  try {
    const params: unknown = JSON.parse(text);
    if (typeof params === 'object' && params !== null && !Array.isArray(params)) return params;
    problems.set(path, 'must be a JSON object such as {"temperature": 0.2}');
  } catch (error) {
    problems.set(path, `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return undefined;
}

/** The paths of the fields that the editor shows. */
export function listFieldPaths({ targets }: RouteDraft): string[] {
  const targetFields = ['provider', 'model', 'tier', 'weight', 'params', 'firstByteTimeoutMs'];
  return [
    'name',
    'targets',
    'retry.attempts',
    'retry.deadlineMs',
    'sticky',
    'promptCache',
    'cache.ttlSeconds',
    ...targets.flatMap((_, index) => targetFields.map((field) => `targets[${index}].${field}`)),
  ];
}
