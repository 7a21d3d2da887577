import { GatewayError } from '../domain/errors.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { listModels } from '../gateway/list-models.ts';
import type { HttpContext } from '../http/context.ts';
import { clientProtocol } from './protocol.ts';

interface Model {
  /** As it is to be asked for. */
  readonly id: string;
  /** The provider's id. */
  readonly owner: string;
}

/** `GET /v1/models`: the models that are known by name and that the caller's key may use, as OpenAI's or as Anthropic's. */
export function getModels(gateway: Gateway) {
  return (context: HttpContext): Response => {
    const models = modelsFor(gateway, context);
    if (clientProtocol(context) === 'openai') {
      return context.json({ object: 'list', data: models.map(toOpenAiModel) });
    }
    return context.json({
      data: models.map(toAnthropicModel),
      first_id: models[0]?.id ?? null,
      last_id: models.at(-1)?.id ?? null,
      has_more: false,
    });
  };
}

/** `GET /v1/models/{id}`: one of them; a name with a slash is written as it is, or encoded. */
export function getModel(gateway: Gateway) {
  return (context: HttpContext): Response => {
    const id = decode(context.req.path.slice('/v1/models/'.length));
    const asked = gateway.registry.parseModel(id);
    const model = modelsFor(gateway, context).find((one) => {
      if (one.id === id) return true;
      const known = gateway.registry.parseModel(one.id);
      return known.model === asked.model && one.owner === asked.provider;
    });
    if (!model)
      throw new GatewayError(
        'not_found',
        [{ path: ['model'], message: `"${id.slice(0, 256)}" is not known here: see GET /v1/models` }],
        { reason: 'model_not_found' },
      );
    return context.json(clientProtocol(context) === 'openai' ? toOpenAiModel(model) : toAnthropicModel(model));
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function modelsFor({ registry, prices, now }: Gateway, context: HttpContext): Model[] {
  const { allowedModels, allowedProviders, providerKeys } = context.get('principal');
  return registry.entries.flatMap((entry) => {
    const byokKey = entry.withKey !== undefined && providerKeys.some(({ provider }) => provider === entry.id);
    if (!entry.provider && !byokKey) return [];
    if (allowedProviders && !allowedProviders.includes(entry.id)) return [];
    return listModels(entry, { registry, prices }, new Date(now())).flatMap(({ id }) => {
      if (allowedModels && !allowedModels.includes(id)) return [];
      // A name that does not lead to its provider by itself is written behind the provider's.
      const leads = registry.parseModel(id).provider === undefined && entry.serves(id);
      return [{ id: leads ? id : `${entry.id}/${id}`, owner: entry.id }];
    });
  });
}

/** Nobody tells when a model was made: 0 stands for that. */
function toOpenAiModel({ id, owner }: Model) {
  return { id, object: 'model', created: 0, owned_by: owner };
}

function toAnthropicModel({ id }: Model) {
  return { type: 'model', id, display_name: id, created_at: new Date(0).toISOString() };
}
