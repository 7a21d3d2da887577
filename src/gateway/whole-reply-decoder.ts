import type { ContentPart } from '../domain/request.ts';
import type { ChatResponse, StreamEvent } from '../domain/response.ts';
import type { StreamDecoder } from '../providers/provider.ts';

/** Turns a reply that came whole into the events of a stream, in place of a decoder of bytes. */
export class WholeReplyDecoder implements StreamDecoder {
  readonly #reply: ChatResponse;

  constructor(reply: ChatResponse) {
    this.#reply = reply;
  }

  push(): void {}

  end(events: StreamEvent[]): void {
    const { reportedModel, content, refusal, usage, finishReason } = this.#reply;
    if (reportedModel !== undefined) events.push({ type: 'start', reportedModel });
    let toolCalls = 0;
    for (const part of content) events.push(...toEvents(part, part.type === 'tool_call' ? toolCalls++ : 0));
    if (refusal !== undefined) events.push({ type: 'refusal', text: refusal });
    if (usage) events.push({ type: 'usage', usage });
    events.push({ type: 'finish', finishReason });
  }
}

function toEvents(part: ContentPart, index: number): StreamEvent[] {
  if (part.type !== 'tool_call') return [part];
  const { id, name, argumentsJson: json } = part;
  const call = { type: 'tool_call' as const, index, id, name };
  return json === '' ? [call] : [call, { type: 'tool_arguments', index, json }];
}
