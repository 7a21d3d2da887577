import type { Database } from '../db/client.ts';
import {
  deleteResponse,
  findConversation,
  findOutputs,
  findRecordedResponses,
  findReply,
  insertRecordedResponses,
  insertResponse,
  type NewResponse,
  type RecordedResponse,
  type ResponseKey,
} from '../db/queries/responses.ts';
import type { Principal } from '../domain/principal.ts';
import { fromBase64, toBase64 } from '../lib/base64-url.ts';
import { gunzip, gzip } from '../lib/gzip.ts';
import { errorName, type Logger } from '../lib/logger.ts';
import { RecordedResponseWriter } from './recorded-response-writer.ts';

/** The most responses that a request may continue, and the most characters of their content: as in a request's body. */
export const maxConversationResponses = 200;
const maxConversationLength = 10 * 1024 * 1024;
/** The most bytes of a stored response, compressed. */
const maxStoredBytes = 1024 * 1024;
/** How long OpenAI stores responses. */
const recordedDays = 30;

interface ResponseStoreDependencies {
  readonly database: Database;
  /** 0: nothing is stored. */
  readonly retentionDays: number;
  readonly logger: Logger;
}

/** A response to store. Its parts are JSON. */
export interface StoredResponse extends ResponseKey {
  readonly previousId: string | null;
  /** The items of the request's own input. */
  readonly input: string;
  /** The items of the output. */
  readonly output: string;
  /** The response without its output. */
  readonly reply: string;
}

/** One response of a conversation: its items. */
export interface StoredTurn {
  readonly input: readonly unknown[];
  readonly output: readonly unknown[];
}

/** The responses of a conversation, the oldest first, or why there are none. */
export type Conversation =
  | {
      readonly type: 'found';
      readonly turns: readonly StoredTurn[];
      /** What the oldest of them continues, which the gateway does not store. */
      readonly previousId: string | null;
    }
  | { readonly type: 'not_found' | 'too_long' | 'too_large' };

/** A response: its JSON, or the provider that stores it. */
export type FoundResponse =
  | { readonly type: 'stored'; readonly json: string }
  | { readonly type: 'recorded'; readonly provider: string };

/**
 * Stores responses for their tenants, compressed, and the ids of those that providers store in the operator's account. A response is
 * found by its tenant and its id, never by its id alone.
 */
export class ResponseStore {
  readonly #dependencies: ResponseStoreDependencies;
  readonly #recordedWriter: RecordedResponseWriter;

  constructor(dependencies: ResponseStoreDependencies) {
    this.#dependencies = dependencies;
    const { database } = dependencies;
    this.#recordedWriter = new RecordedResponseWriter({
      insert: (rows) => insertRecordedResponses(database, rows, recordedDays),
    });
  }

  /** Whether responses of a tenant are stored. */
  isEnabled({ storeResponses }: Pick<Principal, 'storeResponses'>): boolean {
    return storeResponses && this.#dependencies.retentionDays > 0;
  }

  /**
   * Stores a response. Resolves with whether it is stored, and never rejects: not where it is larger than 1 MiB compressed, or where
   * Postgres does not take it, which is logged.
   */
  async save(response: StoredResponse): Promise<boolean> {
    const { database, logger } = this.#dependencies;
    const { tenantId, id } = response;
    try {
      const row = await this.prepare(response);
      if (row.input === null) return false;
      await insertResponse(database, row);
      return true;
    } catch (error) {
      logger.error('a response could not be stored', { tenantId, responseId: id, cause: errorName(error) });
      return false;
    }
  }

  /**
   * Resolves with the row of a response that has to be readable, for a statement that stores it together with something else. The row
   * of a response that is larger than 1 MiB compressed has no input, so that it cannot be continued.
   */
  async prepare({ tenantId, id, previousId, ...parts }: StoredResponse): Promise<NewResponse> {
    const { retentionDays } = this.#dependencies;
    const [input, output, reply] = await Promise.all([
      gzip(parts.input, maxStoredBytes),
      gzip(parts.output),
      gzip(parts.reply),
    ]);
    const fits = input && input.byteLength + output.byteLength + reply.byteLength <= maxStoredBytes;
    return {
      tenantId,
      id,
      previousId,
      input: fits ? toBase64(input) : null,
      output: toBase64(output),
      reply: toBase64(reply),
      contentLength: parts.input.length + parts.output.length,
      retentionDays,
    };
  }

  /**
   * Finds a response and those that it continues. One that was deleted, or whose time is over, takes those that continue it along,
   * but for readers that allow gaps.
   */
  async findConversation(
    key: ResponseKey,
    { maxResponses = maxConversationResponses, allowsGaps = false } = {},
  ): Promise<Conversation> {
    const { database } = this.#dependencies;
    const rows = await findConversation(database, { ...key, maxResponses, maxLength: maxConversationLength });
    if (rows.length > maxResponses) return { type: 'too_long' };
    const [oldest] = rows;
    if (!oldest || (oldest.previousId !== null && !allowsGaps)) return { type: 'not_found' };
    if (rows.some(({ input }) => input === null)) return { type: 'too_large' };
    const turns = await Promise.all(
      rows.map(async ({ input, output }) => ({ input: await readItems(input), output: await readItems(output) })),
    );
    return { type: 'found', turns, previousId: oldest.previousId };
  }

  /** Finds a response. */
  async find(key: ResponseKey): Promise<FoundResponse | undefined> {
    const row = await findReply(this.#dependencies.database, key);
    if (!row) return undefined;
    const { provider } = row;
    if (provider !== null) return { type: 'recorded', provider };
    const [reply, output] = await Promise.all([readJson(row.reply ?? ''), readJson(row.output ?? '')]);
    // Joined as text, so that numbers in schemas keep their digits.
    return { type: 'stored', json: `${reply.slice(0, -1)},"output":${output}}` };
  }

  /** Finds the items of stored outputs by the ids of their responses. */
  async findItems(tenantId: string, ids: readonly string[]): Promise<readonly unknown[]> {
    const query = { tenantId, ids, maxLength: maxConversationLength };
    const outputs = await findOutputs(this.#dependencies.database, query);
    return (await Promise.all(outputs.map(readItems))).flat();
  }

  /**
   * Records the ids of a response that a provider stores in the operator's account, so that its tenant may refer to it. Never
   * rejects: where Postgres does not take them, that is logged, and the response is unknown later.
   */
  async record(response: RecordedResponse): Promise<void> {
    try {
      await this.#recordedWriter.write(response);
    } catch (error) {
      const { logger } = this.#dependencies;
      const { tenantId, id: responseId } = response;
      logger.error('the id of a response could not be recorded', { tenantId, responseId, cause: errorName(error) });
    }
  }

  /** Resolves with the first of these ids of responses and items that a provider does not store for this tenant. */
  async findUnrecordedId(tenantId: string, provider: string, ids: readonly string[]): Promise<string | undefined> {
    const rows = await findRecordedResponses(this.#dependencies.database, { tenantId, provider, ids });
    const recorded = new Set(rows.flatMap(({ id, itemIds }) => [id, ...itemIds]));
    return ids.find((id) => !recorded.has(id));
  }

  /** Deletes a response. Resolves with false if there is none. */
  async delete(key: ResponseKey): Promise<boolean> {
    return await deleteResponse(this.#dependencies.database, key);
  }
}

async function readJson(base64: string): Promise<string> {
  return await gunzip(fromBase64(base64));
}

async function readItems(base64: string | null): Promise<readonly unknown[]> {
  return base64 === null ? [] : (JSON.parse(await readJson(base64)) as readonly unknown[]);
}
