import type { TokenUsage } from '../../domain/response.ts';
import { encodeOpenAiResponseUsage } from './encode-openai-response-end.ts';
import type { CompactedResponse, CompactionItem } from './openai-response-api-types.ts';

/** The most characters of JSON that the user's messages have in a compacted conversation: about 64,000 tokens, as at OpenAI. */
const maxUserMessagesLength = 256 * 1024;

interface Compaction {
  /** What the ids are made of: that of the request. */
  readonly idSuffix: string;
  readonly createdAtMs: number;
  /** The items that were compacted, each with its id. */
  readonly items: readonly unknown[];
  /** The opaque value of the summary. */
  readonly opaque: string;
  readonly usage: TokenUsage;
}

/** Encodes a compacted conversation: the latest of the user's messages, and the summary. */
export function encodeOpenAiCompaction({ idSuffix, createdAtMs, items, opaque, usage }: Compaction): CompactedResponse {
  return {
    id: `resp_${idSuffix}`,
    object: 'response.compaction',
    created_at: Math.floor(createdAtMs / 1000),
    output: [...selectUserMessages(items), createCompactionItem(idSuffix, opaque)],
    // The protocol has no usage that is unknown here.
    usage: encodeOpenAiResponseUsage({ ...usage, input: usage.input ?? 0, output: usage.output ?? 0 }),
  };
}

export function createCompactionItem(idSuffix: string, opaque: string): CompactionItem {
  return { id: `cmp_${idSuffix}`, type: 'compaction', encrypted_content: opaque };
}

function selectUserMessages(items: readonly unknown[]): object[] {
  const messages: object[] = [];
  let length = 0;
  for (const item of items.toReversed()) {
    if (typeof item !== 'object' || item === null || !('role' in item) || item.role !== 'user') continue;
    length += JSON.stringify(item).length;
    if (length > maxUserMessagesLength) break;
    messages.unshift(item);
  }
  return messages;
}
