import { listAt, merge, numberAt, textAt, valueAt } from '../../../support/json-values.ts';
import { joinContent } from '../../../support/parse-recording.ts';
import { ToolCallCollector } from '../../../support/tool-call-collector.ts';

/** A stream as its client reads it, parsed from the bytes without any code of the product. */
export interface ClientReading {
  readonly text: string;
  readonly toolCalls: readonly { readonly name: string; readonly input: unknown }[];
  readonly finishReason: string | undefined;
  /** Undefined where the stream has no count. */
  readonly tokensIn: number | undefined;
  readonly tokensOut: number | undefined;
  /** The events that end a stream, in their order: `done` or `error`. */
  readonly endings: readonly string[];
}

const finishReasons: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  refusal: 'content_filter',
};

/** What ends a stream of OpenAI's. */
const done = '[DONE]';

/** The JSON data of every event. Leaves out an event that is cut off in the middle. */
function dataOf(sse: string): unknown[] {
  return sse
    .split(/\n\n/)
    .flatMap((event) => event.split('\n').filter((line) => line.startsWith('data: ')))
    .flatMap((line) => {
      if (line === 'data: [DONE]') return [done];
      try {
        return [JSON.parse(line.slice('data: '.length))];
      } catch {
        return [];
      }
    });
}

function inputOf(json: string): unknown {
  try {
    return JSON.parse(json || '{}');
  } catch {
    return undefined;
  }
}

function readCalls({ calls }: ToolCallCollector): ClientReading['toolCalls'] {
  return calls.map(({ name, json }) => ({ name, input: inputOf(json) }));
}

export function readOpenAiClient(sse: string): ClientReading {
  const collector = new ToolCallCollector();
  const endings: string[] = [];
  let text = '';
  let refused = false;
  let finishReason: string | undefined;
  let usage: unknown;
  for (const chunk of dataOf(sse)) {
    if (chunk === done) endings.push('done');
    if (valueAt(chunk, 'error')) endings.push('error');
    const choice = valueAt(chunk, 'choices', 0);
    const refusal = textAt(choice, 'delta', 'refusal') ?? '';
    text += joinContent(valueAt(choice, 'delta', 'content')) + refusal;
    refused ||= refusal !== '';
    for (const call of listAt(choice, 'delta', 'tool_calls')) {
      const index = numberAt(call, 'index') ?? 0;
      collector.add(index, textAt(call, 'function', 'name') ?? '');
      collector.addArguments(index, textAt(call, 'function', 'arguments') ?? '');
    }
    finishReason = textAt(choice, 'finish_reason') ?? finishReason;
    usage = valueAt(chunk, 'usage') ?? usage;
  }
  return {
    text,
    toolCalls: readCalls(collector),
    // In OpenAI's protocol a refusal stops like any other text.
    finishReason: refused && finishReason === 'stop' ? 'content_filter' : finishReason,
    tokensIn: numberAt(usage, 'prompt_tokens'),
    tokensOut: numberAt(usage, 'completion_tokens'),
    endings,
  };
}

export function readAnthropicClient(sse: string): ClientReading {
  const collector = new ToolCallCollector();
  const endings: string[] = [];
  let text = '';
  let stop: unknown;
  let usage: unknown;
  for (const event of dataOf(sse)) {
    const type = textAt(event, 'type');
    const index = numberAt(event, 'index') ?? 0;
    const block = valueAt(event, 'content_block');
    const delta = valueAt(event, 'delta');
    if (type === 'message_stop') endings.push('done');
    if (type === 'error') endings.push('error');
    if (type === 'message_start') usage = valueAt(event, 'message', 'usage');
    if (textAt(block, 'type') === 'tool_use') collector.add(index, textAt(block, 'name') ?? '');
    if (textAt(delta, 'type') === 'text_delta') text += textAt(delta, 'text') ?? '';
    if (textAt(delta, 'type') === 'input_json_delta')
      collector.addArguments(index, textAt(delta, 'partial_json') ?? '');
    if (type !== 'message_delta') continue;
    stop = delta;
    usage = merge(usage, valueAt(event, 'usage'));
  }
  return {
    text,
    toolCalls: readCalls(collector),
    finishReason: finishReasons[textAt(stop, 'stop_reason') ?? ''],
    ...readAnthropicUsage(usage),
    endings,
  };
}

function readAnthropicUsage(usage: unknown): Pick<ClientReading, 'tokensIn' | 'tokensOut'> {
  const input = numberAt(usage, 'input_tokens');
  const cacheRead = numberAt(usage, 'cache_read_input_tokens') ?? 0;
  const cacheWrite = numberAt(usage, 'cache_creation_input_tokens') ?? 0;
  return {
    tokensIn: input === undefined ? undefined : input + cacheRead + cacheWrite,
    tokensOut: numberAt(usage, 'output_tokens'),
  };
}

function readNativeEnd(end: unknown): Pick<ClientReading, 'finishReason' | 'tokensIn' | 'tokensOut'> {
  return {
    finishReason: textAt(end, 'finishReason'),
    tokensIn: numberAt(end, 'tokensIn'),
    tokensOut: numberAt(end, 'tokensOut'),
  };
}

export function readNativeClient(sse: string): ClientReading {
  const events = dataOf(sse).map((event) => ({ event, type: textAt(event, 'type') }));
  return {
    text: events.map(({ event, type }) => (type === 'chunk' ? (textAt(event, 'content') ?? '') : '')).join(''),
    // The native protocol has no tool calls.
    toolCalls: [],
    ...readNativeEnd(events.find(({ type }) => type === 'done')?.event),
    endings: events.flatMap(({ type }) => (type === 'done' || type === 'error' ? [type] : [])),
  };
}

/** A whole reply as its client reads it. */
export type WholeReading = Omit<ClientReading, 'endings'>;

export function readOpenAiReply(body: string): WholeReading {
  const reply: unknown = JSON.parse(body);
  const choice = valueAt(reply, 'choices', 0);
  const refusal = textAt(choice, 'message', 'refusal') ?? '';
  const finishReason = textAt(choice, 'finish_reason');
  return {
    text: joinContent(valueAt(choice, 'message', 'content')) + refusal,
    toolCalls: listAt(choice, 'message', 'tool_calls').map((call) => {
      return {
        name: textAt(call, 'function', 'name') ?? '',
        input: inputOf(textAt(call, 'function', 'arguments') ?? ''),
      };
    }),
    finishReason: refusal !== '' && finishReason === 'stop' ? 'content_filter' : finishReason,
    tokensIn: numberAt(reply, 'usage', 'prompt_tokens'),
    tokensOut: numberAt(reply, 'usage', 'completion_tokens'),
  };
}

export function readAnthropicReply(body: string): WholeReading {
  const reply: unknown = JSON.parse(body);
  const blocks = listAt(reply, 'content');
  const calls = blocks.filter((block) => textAt(block, 'type') === 'tool_use');
  return {
    text: joinContent(blocks),
    toolCalls: calls.map((block) => ({ name: textAt(block, 'name') ?? '', input: valueAt(block, 'input') })),
    finishReason: finishReasons[textAt(reply, 'stop_reason') ?? ''],
    ...readAnthropicUsage(valueAt(reply, 'usage')),
  };
}

export function readNativeResponse(body: string): WholeReading {
  const reply: unknown = JSON.parse(body);
  return { text: textAt(reply, 'content') ?? '', toolCalls: [], ...readNativeEnd(reply) };
}
