import { GatewayError } from '../domain/errors.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { listModels } from '../gateway/list-models.ts';
import { getWaitUntil, type HttpContext } from '../http/context.ts';
import type { ListedModel, ModelsFormat } from './protocol.ts';

/** `GET {path}`: lists the models that have a name and that the key may use, in the client's protocol. */
export function getModels(gateway: Gateway) {
  return async (context: HttpContext): Promise<Response> => {
    const format = formatOf(context);
    context.header('vary', formatHeader);
    return context.json(format.encodeModels(await modelsFor(gateway, context)));
  };
}

/** `GET {path}/{id}`: one of them. A slash in the id is written as it is, or encoded. */
export function getModel(gateway: Gateway, path: string) {
  return async (context: HttpContext): Promise<Response> => {
    const format = formatOf(context);
    const id = decode(context.req.path.slice(path.length + 1));
    const requested = gateway.registry.parseModel(id);
    const models = await modelsFor(gateway, context);
    const model = models.find((candidate) => {
      if (candidate.id === id) return true;
      const parsed = gateway.registry.parseModel(candidate.id);
      return parsed.model === requested.model && candidate.owner === requested.provider;
    });
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

async function modelsFor({ registry, prices, now }: Gateway, context: HttpContext): Promise<ListedModel[]> {
  // A model for which a price is set has a name.
  await prices.ready(getWaitUntil(context));
  const { allowedModels, allowedProviders, providerKeys } = context.get('principal');
  return registry.entries.flatMap((entry) => {
    const byokKey = entry.withKey !== undefined && providerKeys.some(({ provider }) => provider === entry.id);
    if (!entry.provider && !byokKey) return [];
    if (allowedProviders && !allowedProviders.includes(entry.id)) return [];
    return listModels(entry, { registry, prices }, new Date(now())).flatMap(({ id }) => {
      if (allowedModels && !allowedModels.includes(id)) return [];
      // A name that does not lead to its provider by itself gets the provider's before it.
      const isUnambiguous = registry.parseModel(id).provider === undefined && entry.serves(id);
      return [{ id: isUnambiguous ? id : `${entry.id}/${id}`, owner: entry.id }];
    });
  });
}
