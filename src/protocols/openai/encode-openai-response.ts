import type { CompletedChat } from '../../gateway/gateway-request.ts';
import { encodeOpenAiResponseEnd, encodeOpenAiResponseUsage } from './encode-openai-response-end.ts';
import type { ResponseObject, ResponseSettings, ResponseState } from './openai-response-api-types.ts';
import { OutputItemSequencer } from './output-item-sequencer.ts';
import type { ResponseToolNames } from './response-tool-names.ts';

/** What every reply to one request says of itself. */
export interface ResponseHead {
  /** What `resp_`, `msg_` and the other ids are made of: that of the request. */
  readonly idSuffix: string;
  /** The model that was asked for. */
  readonly model: string;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  readonly now: () => number;
  readonly previousResponseId: string | null;
  /** Whether the reply is to be stored. */
  readonly store: boolean;
  /** Whether it is made by a job. Absent: it is not. */
  readonly background?: boolean;
  readonly settings: ResponseSettings;
  readonly toolNames: ResponseToolNames;
}

/** Encodes a whole reply as a response. */
export function encodeOpenAiResponse(
  reply: Pick<CompletedChat, 'content' | 'refusal' | 'finishReason' | 'usage'>,
  head: ResponseHead,
): ResponseObject {
  const items = new OutputItemSequencer(head);
  let calls = 0;
  for (const part of reply.content) {
    if (part.type === 'text') items.addText('output_text', part.text);
    else if (part.type === 'reasoning') items.addReasoning(part.text, part.opaque);
    else {
      items.addCall(calls, part.id, part.name);
      items.addArguments(calls, part.argumentsJson);
      calls += 1;
    }
  }
  items.addText('refusal', reply.refusal ?? '');
  const end = encodeOpenAiResponseEnd(reply.finishReason, Boolean(reply.refusal));
  items.end(end.status === 'incomplete' ? 'incomplete' : 'completed');
  return {
    ...createResponse(head),
    ...head.settings,
    ...end,
    completed_at: end.status === 'completed' ? toSeconds(head.now()) : null,
    output: items.output,
    usage: encodeOpenAiResponseUsage(reply.usage),
  };
}

/** Creates a response that has just begun, without its settings. */
export function createResponse(head: Omit<ResponseHead, 'now' | 'settings' | 'toolNames'>): ResponseState {
  const { idSuffix, model, createdAtMs, previousResponseId, store, background = false } = head;
  return {
    id: `resp_${idSuffix}`,
    object: 'response',
    created_at: toSeconds(createdAtMs),
    completed_at: null,
    status: 'in_progress',
    error: null,
    incomplete_details: null,
    model,
    output: [],
    usage: null,
    previous_response_id: previousResponseId,
    store,
    background,
    service_tier: 'default',
    truncation: 'disabled',
  };
}

export function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
