import { GatewayError } from '../domain/errors.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { getWaitUntil, type HttpContext } from '../http/context.ts';
import { findModelFacts } from '../providers/model-facts.ts';
import type { RegistryEntry } from '../providers/registry.ts';
import { canUseRoute } from '../routing/check-route-access.ts';
import { type ListedModel, type ModelsFormat, routeOwner } from './protocol.ts';

/**
 * `GET {path}`: lists the routes and the models that have a name and that the key may use, in the client's protocol. The list comes from the
 * build, the routes, the prices that were set, and the vendors' lists that are cached; no provider can hold it up.
 */
export function getModels(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const format = formatOf(context);
    context.header('vary', formatHeader);
    const { searchParams } = new URL(context.req.url);
    await loadNames(gateway, context);
    return context.json(format.encodeModels(modelsFor(gateway, context), searchParams));
  };
}

/**
 * `GET {path}/{id}`: one of them, or another version of one (`gpt-4o-mini-2024-07-18`). A slash in the id is written as it is, or
 * encoded.
 */
export function getModel(gateway: Gateway, path: string) {
  return async (context: HttpContext): Promise<Response> => {
    const format = formatOf(context);
    const id = decode(context.req.path.slice(path.length + 1));
    await loadNames(gateway, context);
    const model = findListedModel(gateway, context, id) ?? findVersion(gateway, context, id);
    if (!model)
      throw new GatewayError(
        'not_found',
        [{ path: ['model'], message: `"${id.slice(0, 256)}" is not known here: see GET ${path}` }],
        { reason: 'model_not_found' },
      );
    context.header('vary', formatHeader);
    return context.json(format.encodeModel(model));
  };
}

/** Waits for what is in the list beside the build: the prices that were set, for a priced model has a name, and the routes. */
async function loadNames({ prices, routes }: Gateway, context: HttpContext): Promise<void> {
  const waitUntil = getWaitUntil(context);
  await Promise.all([prices.ready(waitUntil), routes.ready(waitUntil)]);
}

/** The header that tells whose clients ask: protocols share the path. */
const formatHeader = 'anthropic-version';

/** Throws `not_found` where another protocol has the path, and the client's own lists no models. */
function formatOf(context: HttpContext): ModelsFormat {
  const { models } = context.get('protocol');
  if (!models) throw new GatewayError('not_found');
  return models;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function findListedModel(gateway: Gateway, context: HttpContext, id: string): ListedModel | undefined {
  const { registry } = gateway;
  const requested = registry.parseModel(id, context.get('principal'));
  return modelsFor(gateway, context).find((candidate) => {
    if (candidate.id === id) return true;
    const parsed = registry.parseModel(candidate.id, context.get('principal'));
    return parsed.model === requested.model && candidate.owner === requested.provider;
  });
}

/** Finds a model that is not listed, but known to the provider that its name leads to. */
function findVersion(gateway: Gateway, context: HttpContext, id: string): ListedModel | undefined {
  const { provider, model = id } = gateway.registry.parseModel(id, context.get('principal'));
  const { allowedModels } = context.get('principal');
  const entry = gateway.registry.entries.find((candidate) =>
    provider === undefined ? candidate.serves(model) : candidate.id === provider,
  );
  if (!entry || !usableEntries(gateway, context).includes(entry)) return undefined;
  if (allowedModels && !allowedModels.includes(model)) return undefined;
  const listed = describeModel(gateway, context, entry, model);
  return listed.facts && listed;
}

function modelsFor(gateway: Gateway, context: HttpContext): ListedModel[] {
  const principal = context.get('principal');
  const { allowedModels } = principal;
  const models = usableEntries(gateway, context).flatMap((entry) =>
    gateway
      .listModels(entry, principal, getWaitUntil(context))
      .flatMap(({ id }) =>
        allowedModels && !allowedModels.includes(id) ? [] : [describeModel(gateway, context, entry, id)],
      ),
  );
  const routes = routesFor(gateway, context);
  if (routes.length === 0) return models;
  const routeNames = new Set(routes.map(({ id }) => id));
  return [...routes, ...models.filter(({ id }) => !routeNames.has(id))];
}

/** Lists the routes that the key may use. Their names go before those of models. */
function routesFor({ routes }: Gateway, context: HttpContext): ListedModel[] {
  const principal = context.get('principal');
  return routes
    .list(principal.tenantId)
    .filter((route) => canUseRoute(route, principal))
    .map(({ name }) => ({ id: name, owner: routeOwner, contextWindow: undefined, facts: undefined }));
}

/** Returns the providers that the key may use: configured ones, and those for which its tenant has a key. */
function usableEntries({ registry }: Gateway, context: HttpContext): RegistryEntry[] {
  const { allowedProviders, providerKeys } = context.get('principal');
  return registry.entries.filter((entry) => {
    return registry.isEnabled(entry, providerKeys) && (!allowedProviders || allowedProviders.includes(entry.id));
  });
}

function describeModel(
  { registry, prices }: Gateway,
  context: HttpContext,
  entry: RegistryEntry,
  model: string,
): ListedModel {
  const facts = findModelFacts(entry.pricingVendor, model);
  // A name that does not lead to its provider by itself gets the provider's before it.
  const isUnambiguous = registry.isOwnName(entry, model, context.get('principal'));
  return {
    id: isUnambiguous ? model : `${entry.id}/${model}`,
    owner: entry.id,
    contextWindow: prices.findContextWindow(entry, model) ?? facts?.contextWindow,
    facts,
  };
}
