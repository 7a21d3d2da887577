import type { Refusal } from '../protocol.ts';
import { openAiRefusal, wrongKey } from './openai-errors.ts';

interface ObjectRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * Answers `GET` and `DELETE /v1/responses/{id}` and `GET /v1/responses/{id}/input_items`. Every id is stored but those that end in
 * `gone`. Undefined for other requests.
 */
export function answerStoredResponse({ method, path, headers }: ObjectRequest, key: string): Refusal | undefined {
  const [, id, suffix] = /^\/v1\/responses\/([\w-]+)(\/input_items)?$/.exec(path) ?? [];
  if (id === undefined || method === 'POST') return undefined;
  const sent = (headers.authorization ?? '').replace(/^Bearer\s+/i, '');
  if (sent !== key) return wrongKey(sent);
  if (id.endsWith('gone')) return openAiRefusal(404, { message: `Response with id '${id}' not found.` });
  return { status: 200, body: JSON.stringify(method === 'DELETE' ? writeDeleted(id) : writeObject(id, suffix)) };
}

function writeDeleted(id: string): object {
  return { id, object: 'response', deleted: true };
}

function writeObject(id: string, suffix: string | undefined): object {
  if (suffix === undefined) return { id, object: 'response', status: 'completed', model: 'gpt-4o-mini', output: [] };
  const item = { id: 'msg_in', type: 'message', role: 'user', content: [{ type: 'input_text', text: `Of ${id}.` }] };
  return { object: 'list', data: [item], first_id: item.id, last_id: item.id, has_more: false };
}
