import { GatewayError } from '../domain/errors.ts';
import type { HttpContext } from '../http/context.ts';
import { readJsonObject } from '../http/read-json-body.ts';
import { unambiguousFields } from '../lib/ambiguous-fields.ts';

/** The fields that route, bound or price a request. What is checked here has to be what the provider reads. */
const checkedFields = unambiguousFields([
  'model',
  'models',
  'provider',
  'route',
  'fallbacks',
  'preset',
  'stream',
  'stream_options',
  'background',
  'n',
  'best_of',
  'echo',
  'stream_format',
  'svg',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'service_tier',
  'speed',
  'inference_geo',
  'messages',
  'system',
  'input',
  'instructions',
  'prompt',
  'previous_response_id',
  'conversation',
  'thread',
  'tools',
  'functions',
  'response_format',
  'text',
  'output_config',
  'prediction',
  'modalities',
  'audio',
  'web_search_options',
]);

/** The fields by which some providers choose another model than `model`. */
const modelFields = ['models', 'route', 'fallbacks', 'preset'];

/**
 * Reads a body that may go to a provider as it came. Throws `invalid_request` for a body that says twice, or in another case,
 * what is checked here, and `forbidden` for one that names models beside `model` if the API key may not use every model. With
 * `takesModels` the route reads `models` itself.
 */
export async function readPassthroughBody(
  context: HttpContext,
  { takesModels = false }: { readonly takesModels?: boolean } = {},
): Promise<{ text: string; body: Readonly<Record<string, unknown>> }> {
  const { text, body } = await readJsonObject(context.req, checkedFields);
  rejectModelFields(context, (field) => (body[field] ?? null) !== null && !(takesModels && field === 'models'));
  return { text, body };
}

/** Throws `forbidden` for a request that names models beside `model` if the API key may not use every model. */
export function rejectModelFields(context: HttpContext, hasField: (name: string) => boolean): void {
  if (context.get('principal').allowedModels === null) return;
  const name = modelFields.find(hasField);
  if (name === undefined) return;
  const message = 'cannot be sent by an API key that is limited to certain models: name one of them as model';
  throw new GatewayError('forbidden', [{ path: [name], message }]);
}
