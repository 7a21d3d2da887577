import type { ContentPart } from '../../../../src/domain/request.ts';
import type { FinishReason, TokenUsage } from '../../../../src/domain/response.ts';
import type { ChatStreamEvent } from '../../../../src/gateway/chat-stream-event.ts';

export interface ResponseCase {
  readonly name: string;
  readonly content: readonly ContentPart[];
  readonly refusal?: string;
  readonly finishReason: FinishReason;
  readonly usage?: TokenUsage;
}

const call = (id: string, name: string, argumentsJson: string): ContentPart => ({
  type: 'tool_call',
  id,
  name,
  argumentsJson,
});

/** Replies of every kind. */
export const responseCases: readonly ResponseCase[] = [
  { name: 'text', content: [{ type: 'text', text: 'Hello' }], finishReason: 'stop', usage: { input: 3, output: 2 } },
  { name: 'nothing', content: [], finishReason: 'stop' },
  {
    name: 'reasoning, text and parallel calls',
    content: [
      { type: 'reasoning', text: 'I think', opaque: 'aia1.r' },
      { type: 'text', text: 'I call' },
      call('call_1', 'f', '{"n":1}'),
      call('call_2', 'docs__search', '{"q":"x"}'),
    ],
    finishReason: 'tool_calls',
    usage: { input: 30, output: 20, cacheRead: 4, cacheWrite: 5, reasoning: 6 },
  },
  { name: 'a custom tool', content: [call('call_1', 'patch', '{"input":"*** Begin"}')], finishReason: 'tool_calls' },
  {
    name: 'an opaque value behind the text',
    content: [
      { type: 'text', text: 'Hello' },
      { type: 'reasoning', text: '', opaque: 'aia1.s' },
    ],
    finishReason: 'stop',
  },
  {
    name: 'a refusal behind text',
    content: [{ type: 'text', text: 'Well,' }],
    refusal: 'no.',
    finishReason: 'content_filter',
  },
  { name: 'a filtered reply', content: [{ type: 'text', text: 'Hel' }], finishReason: 'content_filter' },
  {
    name: 'a reply cut by its bound',
    content: [call('call_1', 'f', '{"n":')],
    finishReason: 'length',
    usage: { input: 1, output: 1 },
  },
];

/** The same reply as the events of a stream, each text in two pieces. */
export function toStreamEvents({ content, refusal, finishReason, usage = {} }: ResponseCase): ChatStreamEvent[] {
  let calls = 0;
  const events = content.flatMap((part): ChatStreamEvent[] => {
    if (part.type === 'text') return halve(part.text).map((text) => ({ type: 'text', text }));
    if (part.type === 'reasoning') {
      const texts = halve(part.text).map((text): ChatStreamEvent => ({ type: 'reasoning', text }));
      return part.opaque === undefined ? texts : [...texts, { type: 'reasoning', text: '', opaque: part.opaque }];
    }
    const index = calls++;
    const { id, name, argumentsJson } = part;
    return [
      { type: 'tool_call', index, id, name },
      ...halve(argumentsJson).map((json): ChatStreamEvent => ({ type: 'tool_arguments', index, json })),
    ];
  });
  const refused = halve(refusal ?? '').map((text): ChatStreamEvent => ({ type: 'refusal', text }));
  const result = { finishReason, usage, costNanoUsd: null };
  return [
    { type: 'start', reportedModel: 'x' },
    ...events,
    ...refused,
    { type: 'usage', usage },
    { type: 'done', result },
  ];
}

function halve(text: string): string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}
