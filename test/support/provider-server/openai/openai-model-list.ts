import type { Refusal } from '../protocol.ts';
import { wrongKey } from './openai-errors.ts';

interface ListRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Answers `GET /v1/models` with these models, and one that is fine-tuned. Undefined for other requests. */
export function answerModelList(
  { method, path, headers }: ListRequest,
  { openAiKey, models }: { readonly openAiKey: string; readonly models: readonly string[] },
): Refusal | undefined {
  if (method !== 'GET' || path !== '/v1/models') return undefined;
  const sent = (headers.authorization ?? '').replace(/^Bearer\s+/i, '');
  if (sent !== openAiKey) return wrongKey(sent);
  const ids = ['gpt-4o-mini', ...models, 'ft:gpt-4o-mini:acme::1'];
  const data = ids.map((id) => ({ id, object: 'model', created: 0, owned_by: 'vendor' }));
  return { status: 200, body: JSON.stringify({ object: 'list', data }) };
}
