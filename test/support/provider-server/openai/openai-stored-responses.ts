import type { Refusal } from '../protocol.ts';
import { openAiRefusal, wrongKey } from './openai-errors.ts';

interface ObjectRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** How many responses are remembered, and the longest input of one, in characters. */
const maxResponses = 500;
const maxInputLength = 65_536;

interface StoredResponse {
  readonly items: readonly StoredItem[];
  /** Absent until the reply is written. */
  response?: object;
}

/** The responses that the server stores: the last ones of those that were not to be left out. */
export class StoredResponses {
  readonly #responses = new Map<string, StoredResponse>();

  /** Saves the input of a response whose reply is not written yet. */
  saveInput(id: string, input: string | readonly object[]): void {
    const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
    if (JSON.stringify(items).length > maxInputLength) return;
    const [oldest] = this.#responses.keys();
    if (oldest !== undefined && this.#responses.size >= maxResponses) this.#responses.delete(oldest);
    this.#responses.set(id, { items: items.map(toStoredItem) });
  }

  /** Saves the response to an input that was saved. */
  saveResponse(response: { readonly id: string }): void {
    const stored = this.#responses.get(response.id);
    if (stored) stored.response = response;
  }

  /**
   * Answers `GET` and `DELETE /v1/responses/{id}` and `GET /v1/responses/{id}/input_items`. Of an id that was not saved it says little;
   * only ids that end in `gone` are unknown. Undefined for other requests.
   */
  answer({ method, path, headers }: ObjectRequest, key: string): Refusal | undefined {
    const [, id, suffix] = /^\/v1\/responses\/([\w-]+)(\/input_items)?$/.exec(path) ?? [];
    if (id === undefined || method === 'POST') return undefined;
    const sent = (headers.authorization ?? '').replace(/^Bearer\s+/i, '');
    if (sent !== key) return wrongKey(sent);
    if (id.endsWith('gone')) return openAiRefusal(404, { message: `Response with id '${id}' not found.` });
    return { status: 200, body: JSON.stringify(method === 'DELETE' ? this.#delete(id) : this.#read(id, suffix)) };
  }

  #delete(id: string): object {
    this.#responses.delete(id);
    return { id, object: 'response', deleted: true };
  }

  #read(id: string, suffix: string | undefined): object {
    const { items = [], response } = this.#responses.get(id) ?? {};
    if (suffix === undefined) {
      return response ?? { id, object: 'response', status: 'completed', model: 'gpt-4o-mini', output: [] };
    }
    // As the API does where no order is given.
    const data = items.toReversed();
    return {
      object: 'list',
      data,
      first_id: data.at(0)?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
      has_more: false,
    };
  }
}

interface StoredItem {
  readonly id: string;
}

function toStoredItem(item: object, index: number): StoredItem {
  const content =
    'content' in item && typeof item.content === 'string' ? [{ type: 'input_text', text: item.content }] : undefined;
  return {
    id: `msg_in${index}`,
    ...('role' in item && { type: 'message', status: 'completed' }),
    ...item,
    ...(content && { content }),
  };
}
