import { GatewayError, invalidFieldError } from '../domain/errors.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { HttpContext } from '../http/context.ts';

type Body = Readonly<Record<string, unknown>>;

const maxModels = 5;

/** The vendor of which `models` is a field of its own protocol. */
const vendorWithModels = 'openrouter';

/**
 * Returns the models that a request lists, in the order in which they are tried: `model` first, where it is there too. Undefined where
 * it lists none, or where the list belongs to the vendor that `model` names. Throws `invalid_request` for a list that is none, and
 * `forbidden` for a vendor's list of an API key that may not use every model.
 */
export function readModels(
  context: HttpContext,
  { registry }: Pick<Gateway, 'registry'>,
  body: Body,
  model: string | undefined,
): readonly string[] | undefined {
  if ((body.models ?? null) === null) return undefined;
  if (registry.parseModel(model, context.get('principal')).provider === vendorWithModels) {
    if (context.get('principal').allowedModels === null) return undefined;
    const message =
      'cannot be sent to OpenRouter by an API key that is limited to certain models: name one of them as model';
    throw new GatewayError('forbidden', [{ path: ['models'], message }]);
  }
  const { models } = body;
  const isList = Array.isArray(models) && models.length >= 1 && models.length <= maxModels;
  if (!isList || !models.every(isModelName)) {
    throw invalidFieldError(['models'], `must be a list of 1 to ${maxModels} names of models`);
  }
  return [...new Set(model === undefined ? models : [model, ...models])];
}

function isModelName(name: unknown): name is string {
  return typeof name === 'string' && /^[\x20-\x7e]{1,256}$/.test(name);
}
