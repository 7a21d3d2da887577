import { joinContent } from '../../../support/parse-recording.ts';

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

// biome-ignore lint/suspicious/noExplicitAny: a client's JSON is read as it stands.
type Json = any;

const finishReasons: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  refusal: 'content_filter',
};

/** The JSON data of every event. Leaves out an event that is cut off in the middle. */
function dataOf(sse: string): Json[] {
  return sse
    .split(/\n\n/)
    .flatMap((event) => event.split('\n').filter((line) => line.startsWith('data: ')))
    .flatMap((line) => {
      if (line === 'data: [DONE]') return ['[DONE]'];
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

export function readOpenAiClient(sse: string): ClientReading {
  const calls: { name: string; json: string }[] = [];
  const endings: string[] = [];
  let text = '';
  let refused = false;
  let finishReason: string | undefined;
  let usage: Json = {};
  for (const chunk of dataOf(sse)) {
    if (chunk === '[DONE]') endings.push('done');
    else if (chunk.error) endings.push('error');
    else {
      const choice = chunk.choices[0];
      text += joinContent(choice?.delta.content) + (choice?.delta.refusal ?? '');
      refused ||= Boolean(choice?.delta.refusal);
      for (const {
        index,
        function: { name, arguments: json },
      } of choice?.delta.tool_calls ?? []) {
        calls[index] ??= { name, json: '' };
        calls[index].json += json ?? '';
      }
      finishReason = choice?.finish_reason ?? finishReason;
      usage = chunk.usage ?? usage;
    }
  }
  return {
    text,
    toolCalls: calls.map(({ name, json }) => ({ name, input: inputOf(json) })),
    // In OpenAI's protocol a refusal stops like any other text.
    finishReason: refused && finishReason === 'stop' ? 'content_filter' : finishReason,
    tokensIn: usage.prompt_tokens,
    tokensOut: usage.completion_tokens,
    endings,
  };
}

export function readAnthropicClient(sse: string): ClientReading {
  const calls: { name: string; json: string; index: number }[] = [];
  const endings: string[] = [];
  let text = '';
  let stop: Json = {};
  let usage: Json = {};
  for (const { type, index, message, content_block: block, delta, usage: counts } of dataOf(sse)) {
    if (type === 'message_stop') endings.push('done');
    if (type === 'error') endings.push('error');
    if (type === 'message_start') usage = message.usage;
    if (block?.type === 'tool_use') calls.push({ name: block.name, json: '', index });
    if (delta?.type === 'text_delta') text += delta.text;
    const call = calls.find((candidate) => candidate.index === index);
    if (call && delta?.type === 'input_json_delta') call.json += delta.partial_json;
    if (type !== 'message_delta') continue;
    stop = delta;
    usage = { ...usage, ...counts };
  }
  return {
    text,
    toolCalls: calls.map(({ name, json }) => ({ name, input: inputOf(json) })),
    finishReason: finishReasons[stop.stop_reason],
    tokensIn: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    tokensOut: usage.output_tokens,
    endings,
  };
}

export function readNativeClient(sse: string): ClientReading {
  const events = dataOf(sse);
  const done = events.find(({ type }) => type === 'done');
  return {
    text: events.map((event) => (event.type === 'chunk' ? event.content : '')).join(''),
    // The native protocol has no tool calls.
    toolCalls: [],
    finishReason: done?.finishReason,
    tokensIn: done?.tokensIn,
    tokensOut: done?.tokensOut,
    endings: events.flatMap(({ type }) => (type === 'done' || type === 'error' ? [type] : [])),
  };
}

/** A whole reply as its client reads it. */
export type WholeReading = Omit<ClientReading, 'endings'>;

export function readOpenAiReply(body: string): WholeReading {
  const { choices, usage } = JSON.parse(body) as Json;
  const [{ message, finish_reason }] = choices;
  const refused = Boolean(message.refusal);
  return {
    text: joinContent(message.content) + (message.refusal ?? ''),
    toolCalls: (message.tool_calls ?? []).map(({ function: { name, arguments: json } }: Json) => ({
      name,
      input: inputOf(json),
    })),
    finishReason: refused && finish_reason === 'stop' ? 'content_filter' : finish_reason,
    tokensIn: usage?.prompt_tokens,
    tokensOut: usage?.completion_tokens,
  };
}

export function readAnthropicReply(body: string): WholeReading {
  const { content, stop_reason, usage } = JSON.parse(body) as Json;
  const ofType = (type: string): Json[] => content.filter((block: Json) => block.type === type);
  return {
    text: ofType('text')
      .map(({ text }) => text)
      .join(''),
    toolCalls: ofType('tool_use').map(({ name, input }) => ({ name, input })),
    finishReason: finishReasons[stop_reason],
    tokensIn: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    tokensOut: usage.output_tokens,
  };
}

export function readNativeResponse(body: string): WholeReading {
  const { content, finishReason, tokensIn, tokensOut } = JSON.parse(body) as Json;
  return { text: content, toolCalls: [], finishReason, tokensIn, tokensOut };
}
