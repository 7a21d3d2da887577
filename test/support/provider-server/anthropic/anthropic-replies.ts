import type { AcceptedCall, Frame, Reply, TokenCounts } from '../protocol.ts';

const stopReasons = { stop: 'end_turn', length: 'max_tokens', 'tool-call': 'tool_use', refusal: 'refusal' } as const;
let replyCount = 1;

/** Encodes a whole `message`. A refusal has an empty content here. */
export function writeAnthropicBody(reply: Reply, { model }: AcceptedCall): string {
  const thinking = reply.reasoning && {
    type: 'thinking',
    thinking: reply.reasoning.join(''),
    signature: 'c2lnbmF0dXJl',
  };
  const text = reply.text.length > 0 && { type: 'text', text: reply.text.join('') };
  const toolUses = (reply.toolCalls ?? []).map(({ id: callId, name, argumentsJson }) => ({
    type: 'tool_use',
    id: callId.replace('call', 'toolu'),
    name,
    input: JSON.parse(argumentsJson.join('')),
  }));
  return JSON.stringify({
    id: createId(reply),
    type: 'message',
    role: 'assistant',
    model,
    content: [thinking, text, ...toolUses].filter(Boolean),
    ...ending(reply),
    ...(reply.usage && { usage: writeUsage(reply.usage) }),
  });
}

/** Creates an id. It is unique in a conversation, where clients replace a message by a later one with the same id. */
function createId({ hasOwnId = false }: Reply): string {
  if (hasOwnId) replyCount += 1;
  return `msg_01Test${String(hasOwnId ? replyCount : 1).padStart(18, '0')}`;
}

/** The events of a stream. The input tokens stand in `message_start`, all counts again in `message_delta`. */
export function writeAnthropicFrames(reply: Reply, { model }: AcceptedCall): Frame[] {
  const usage = reply.usage && { usage: writeUsage({ ...reply.usage, output: 1 }) };
  const message = {
    id: createId(reply),
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    ...usage,
  };
  const blocks = writeBlocks(reply);
  return [
    event('start', { type: 'message_start', message }),
    ...blocks.flatMap(({ start, deltas }, index) => [
      event('start', { type: 'content_block_start', index, content_block: start }),
      ...(index === 0 ? [event('start', { type: 'ping' })] : []),
      ...deltas.map((delta) => event('content', { type: 'content_block_delta', index, delta })),
      event('end', { type: 'content_block_stop', index }),
    ]),
    event('end', {
      type: 'message_delta',
      delta: ending(reply),
      ...(reply.usage && { usage: writeUsage(reply.usage) }),
    }),
    event('end', { type: 'message_stop' }),
  ];
}

function writeBlocks(reply: Reply): { start: object; deltas: object[] }[] {
  const blocks: { start: object; deltas: object[] }[] = [];
  if (reply.reasoning) {
    const deltas: object[] = reply.reasoning.map((thinking) => ({ type: 'thinking_delta', thinking }));
    deltas.push({ type: 'signature_delta', signature: 'c2lnbmF0dXJl' });
    blocks.push({ start: { type: 'thinking', thinking: '', signature: '' }, deltas });
  }
  if (reply.text.length > 0) {
    const deltas = reply.text.map((text) => ({ type: 'text_delta', text }));
    blocks.push({ start: { type: 'text', text: '' }, deltas });
  }
  for (const { id: callId, name, argumentsJson } of reply.toolCalls ?? []) {
    const deltas = argumentsJson.map((partial_json) => ({ type: 'input_json_delta', partial_json }));
    blocks.push({ start: { type: 'tool_use', id: callId.replace('call', 'toolu'), name, input: {} }, deltas });
  }
  return blocks;
}

function event(kind: Frame['kind'], data: { readonly type: string; readonly [field: string]: unknown }): Frame {
  return { kind, text: `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n` };
}

function ending({ finish, finishReason, stopSequence }: Reply): object {
  const reason = stopSequence === undefined ? stopReasons[finish] : 'stop_sequence';
  return { stop_reason: finishReason ?? reason, stop_sequence: stopSequence ?? null };
}

/** Cached tokens stand beside `input_tokens`; by default a third of what is written to the cache is to live an hour. */
function writeUsage({
  input,
  output,
  cacheRead = 0,
  cacheWrite = 0,
  cacheWriteOneHour: oneHour = cacheWrite / 3,
}: TokenCounts): object {
  return {
    ...(input !== undefined && { input_tokens: input - cacheRead - cacheWrite }),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite - oneHour, ephemeral_1h_input_tokens: oneHour },
    output_tokens: output,
    service_tier: 'standard',
  };
}
