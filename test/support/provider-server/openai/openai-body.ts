import type { ProviderRequest, Refusal } from '../protocol.ts';
import { openAiRefusal, wrongKey } from './openai-errors.ts';

type JsonBody = { readonly json: unknown } | { readonly refusal: Refusal };

export function isBodyRefused(body: JsonBody): body is { readonly refusal: Refusal } {
  return 'refusal' in body;
}

export function readJson({ headers, body }: ProviderRequest, key: string): JsonBody {
  const { authorization = '', 'content-type': contentType = '' } = headers;
  const sent = authorization.replace(/^Bearer\s+/i, '');
  if (sent === '') {
    const message =
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).";
    return { refusal: openAiRefusal(401, { message }) };
  }
  if (sent !== key) return { refusal: wrongKey(sent) };
  if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    const message = `Unsupported content type: '${contentType}'. This API method only accepts 'application/json' requests, but you specified the header 'Content-Type: ${contentType}'. Please try again with a supported content type.`;
    return { refusal: openAiRefusal(415, { message, code: 'unsupported_content_type' }) };
  }
  try {
    return { json: JSON.parse(body) };
  } catch {
    const message = 'We could not parse the JSON body of your request.';
    return { refusal: openAiRefusal(400, { message }) };
  }
}

export function namedModel(json: unknown): string | undefined {
  const model = typeof json === 'object' && json !== null ? Reflect.get(json, 'model') : undefined;
  return typeof model === 'string' && model !== '' ? model : undefined;
}

export function unknownModel(model: string): Refusal {
  const message = `The model \`${model}\` does not exist or you do not have access to it.`;
  return openAiRefusal(404, { message, code: 'model_not_found' });
}
