import type { ContentPart, Message, Reasoning, TextPart, ToolCall } from '../../domain/request.ts';
import type { Continuation } from './continuation.ts';
import type { ContinuationCodec } from './continuation-codec.ts';

type AssistantMessage = Extract<Message, { role: 'assistant' }>;

interface RestoreOptions {
  readonly codec: ContinuationCodec;
  /** Finds the values of tool calls that came back with their ids only. Absent where the provider needs nothing back. */
  readonly find?: ((toolCallIds: readonly string[]) => Promise<ReadonlyMap<string, string>>) | undefined;
  /** Is called for each part of a message that is left out, because its value is of another origin or cannot be read. */
  readonly onLeftOut?: ((messageIndex: number, partIndex: number) => void) | undefined;
}

/** The latest of a conversation: vendors check those that the last turn consists of. */
const maxFoundIds = 256;

/**
 * Puts what opaque values stand for in their place. A value of another origin, and one that cannot be read, is left out with
 * the reasoning that it came with. Returns the same messages where there is nothing to restore.
 */
export async function restoreContinuations(
  messages: readonly Message[],
  { codec, find, onLeftOut }: RestoreOptions,
): Promise<readonly Message[]> {
  const found = find ? await findValues(messages, find) : new Map<string, string>();
  if (found.size === 0 && !messages.some(hasOpaque)) return messages;
  const restored = await Promise.all(
    messages.map(async (message, index) => {
      if (message.role !== 'assistant') return message;
      const content = await restoreContent(addFoundValues(message.content, found), codec, (partIndex) =>
        onLeftOut?.(index, partIndex),
      );
      return content.length === 0 && message.content.length > 0 ? undefined : { ...message, content };
    }),
  );
  return restored.filter((message) => message !== undefined);
}

async function findValues(messages: readonly Message[], find: NonNullable<RestoreOptions['find']>) {
  const ids = messages.flatMap((message) =>
    message.role === 'assistant' && !message.content.some(isContinued)
      ? message.content.flatMap((part) => (part.type === 'tool_call' ? [part.id] : []))
      : [],
  );
  return ids.length === 0 ? new Map<string, string>() : await find(ids.slice(-maxFoundIds));
}

function addFoundValues(content: readonly ContentPart[], found: ReadonlyMap<string, string>): readonly ContentPart[] {
  if (found.size === 0) return content;
  return content.map((part) =>
    part.type === 'tool_call' && part.opaque === undefined ? { ...part, opaque: found.get(part.id) } : part,
  );
}

function hasOpaque(message: Message): message is AssistantMessage {
  return (
    message.role === 'assistant' && message.content.some((part) => part.type !== 'text' && part.opaque !== undefined)
  );
}

/** Whether a part came back with what its vendor wants. */
function isContinued(part: ContentPart): boolean {
  return part.signature !== undefined || (part.type !== 'text' && part.opaque !== undefined);
}

async function restoreContent(
  content: readonly ContentPart[],
  codec: ContinuationCodec,
  onLeftOut: (partIndex: number) => void,
): Promise<ContentPart[]> {
  const values = new Set(content.flatMap((part) => (part.type === 'text' ? [] : (part.opaque ?? []))));
  if (values.size === 0) return [...content];
  const decoded = new Map(
    await Promise.all([...values].map(async (value) => [value, await codec.decode(value)] as const)),
  );
  for (const [index, part] of content.entries()) {
    if (part.type === 'reasoning' && part.opaque !== undefined && !decoded.get(part.opaque)) onLeftOut(index);
  }
  const signatures = new Map<string | undefined, string>();
  const addSignature = ({ toolCallId, signature }: Continuation) => {
    if (signature !== undefined) signatures.set(toolCallId, signature);
  };
  const parts: ContentPart[] = [];
  const ofCalls: Reasoning[] = [];
  /** Reasoning without a value: it says once more what a value beside it stands for. */
  const shown = new Set<ContentPart>();
  let hasReasoning = false;
  for (const part of content) {
    const { opaque, ...plain } = part.type === 'text' ? { ...part, opaque: undefined } : part;
    const continuation = opaque === undefined ? undefined : decoded.get(opaque);
    if (continuation) addSignature(continuation);
    if (part.type === 'reasoning' && opaque !== undefined) {
      const reasoning = continuation?.reasoning ?? [];
      hasReasoning ||= reasoning.length > 0;
      parts.push(...reasoning.map(toPart));
      // A client may have gathered the same value twice.
      decoded.set(opaque, undefined);
    } else {
      if (part.type === 'tool_call') ofCalls.push(...(continuation?.reasoning ?? []));
      parts.push(plain);
      if (plain.type === 'reasoning') shown.add(plain);
    }
  }
  const spoken = hasReasoning || ofCalls.length > 0 ? parts.filter((part) => !shown.has(part)) : parts;
  const restored = hasReasoning ? spoken : [...ofCalls.map(toPart), ...spoken];
  if (signatures.size === 0) return restored;
  const hasText = restored.some(({ type }) => type === 'text');
  const signed: ContentPart[] =
    hasText || !signatures.has(undefined) ? restored : [...restored, { type: 'text', text: '' }];
  return signed.map((part) => addSignatures(part, signatures));
}

function toPart(reasoning: Reasoning): ContentPart {
  return { type: 'reasoning', ...reasoning };
}

function addSignatures(part: ContentPart, signatures: ReadonlyMap<string | undefined, string>): ContentPart {
  if (part.type === 'reasoning') return part;
  const signature = signatures.get(part.type === 'tool_call' ? part.id : undefined);
  return signature === undefined ? part : ({ ...part, signature } satisfies TextPart | ToolCall);
}
