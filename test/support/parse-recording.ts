/**
 * What a recorded reply says, read in the plainest way: line by line, each as JSON, with nothing of the product's. What the
 * tests hold every client's view of a recording against.
 */
export interface PlainReading {
  readonly text: string;
  readonly refusal: string;
  readonly toolCalls: readonly { readonly name: string; readonly input: unknown }[];
  readonly finishReason: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly reasoning: number;
  readonly model: string;
}

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON is read as it stands.
type Json = any;

const finishReasons: Readonly<Record<string, string>> = {
  stop: 'stop',
  end_turn: 'stop',
  tool_use: 'tool_calls',
  tool_calls: 'tool_calls',
  refusal: 'content_filter',
};

/** Reads the lines of a recorded stream, or as many of them as are given. */
export function readPlainly(name: string, recorded: string): PlainReading {
  const lines: Json[] = recorded
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line));
  if (name.startsWith('anthropic/')) return readAnthropic(lines);
  return name.startsWith('ollama/') ? readOllama(lines) : readOpenAi(lines);
}

/** Reads a recorded whole reply. */
export function readWholePlainly(name: string, recorded: string): PlainReading {
  const reply: Json = JSON.parse(recorded);
  if (name.startsWith('ollama/')) return readOllama([reply]);
  if (name.startsWith('anthropic/')) {
    const { content, ...message } = reply;
    const blocks: Json[] = content.map((block: Json, index: number) => ({
      type: 'content_block_start',
      index,
      content_block: block,
    }));
    const stop = {
      type: 'message_delta',
      delta: { stop_reason: message.stop_reason, stop_details: message.stop_details },
    };
    const read = readAnthropic([{ type: 'message_start', message }, ...blocks, stop]);
    const toolCalls = content
      .filter(({ type }: Json) => type === 'tool_use')
      .map(({ name: called, input }: Json) => ({ name: called, input }));
    const text = content.map((block: Json) => (block.type === 'text' ? block.text : '')).join('');
    return { ...read, text, toolCalls };
  }
  const { choices, ...head } = reply;
  const [{ message, finish_reason }] = choices;
  const calls = message.tool_calls?.map((call: Json, index: number) => ({ ...call, index }));
  return readOpenAi([{ ...head, choices: [{ delta: { ...message, tool_calls: calls }, finish_reason }] }]);
}

/** Mistral writes the content of a reasoning model as a list of parts. */
function joinContent(content: Json): string {
  if (!Array.isArray(content)) return content ?? '';
  return content.map((part: Json) => (part.type === 'text' ? part.text : '')).join('');
}

function readOpenAi(chunks: readonly Json[]): PlainReading {
  const calls: { name: string; json: string }[] = [];
  let text = '';
  let finish = '';
  let usage: Json = {};
  for (const chunk of chunks) {
    const choice = chunk.choices[0];
    text += joinContent(choice?.delta.content);
    for (const { index, function: called } of choice?.delta.tool_calls ?? []) {
      calls[index] ??= { name: called.name, json: '' };
      calls[index].json += called.arguments;
    }
    finish = choice?.finish_reason ?? finish;
    usage = chunk.usage ?? usage;
  }
  const { prompt_tokens = 0, completion_tokens = 0, total_tokens = 0 } = usage;
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0;
  // The sum tells whether the reasoning is counted beside the rest or in it.
  const tokensOut =
    prompt_tokens + completion_tokens === total_tokens ? completion_tokens : completion_tokens + reasoning;
  return {
    text,
    refusal: '',
    toolCalls: calls.map(({ name, json }) => ({ name, input: JSON.parse(json) })),
    finishReason: finishReasons[finish] ?? '',
    tokensIn: prompt_tokens,
    tokensOut,
    cacheRead: usage.prompt_tokens_details?.cached_tokens ?? 0,
    cacheWrite: 0,
    reasoning,
    model: chunks[0]?.model ?? '',
  };
}

function readAnthropic(events: readonly Json[]): PlainReading {
  const calls: { name: string; json: string; index: number }[] = [];
  let text = '';
  let stop: Json = {};
  let usage: Json = {};
  for (const { type, index, message, content_block: block, delta, usage: counted } of events) {
    if (type === 'message_start') usage = { ...message.usage };
    // Tools that the provider runs itself are no affair of the caller's.
    if (block?.type === 'tool_use') calls.push({ name: block.name, json: '', index });
    if (delta?.type === 'text_delta') text += delta.text;
    const call = calls.find((one) => one.index === index);
    if (call && delta?.type === 'input_json_delta') call.json += delta.partial_json;
    if (type === 'message_delta') {
      stop = delta;
      usage = { ...usage, ...counted };
    }
  }
  const { input_tokens = 0, output_tokens = 0, cache_read_input_tokens = 0, cache_creation_input_tokens = 0 } = usage;
  return {
    text,
    refusal: stop.stop_details?.explanation ?? '',
    toolCalls: calls.map(({ name, json }) => ({ name, input: JSON.parse(json || '{}') })),
    finishReason: finishReasons[stop.stop_reason] ?? '',
    tokensIn: input_tokens + cache_read_input_tokens + cache_creation_input_tokens,
    tokensOut: output_tokens,
    cacheRead: cache_read_input_tokens,
    cacheWrite: cache_creation_input_tokens,
    reasoning: usage.output_tokens_details?.thinking_tokens ?? 0,
    model: events[0]?.message.model ?? '',
  };
}

function readOllama(lines: readonly Json[]): PlainReading {
  const calls: Json[] = lines.flatMap(({ message }) => message.tool_calls ?? []);
  const last = lines.at(-1);
  const toolCalls = calls.map(({ function: { name, arguments: input } }) => ({ name, input }));
  return {
    text: lines.map(({ message }) => message.content).join(''),
    refusal: '',
    toolCalls,
    // It says `stop` under a tool call too, and older versions say nothing.
    finishReason: toolCalls.length > 0 ? 'tool_calls' : (finishReasons[last?.done_reason ?? 'stop'] ?? ''),
    tokensIn: last?.prompt_eval_count ?? 0,
    tokensOut: last?.eval_count ?? 0,
    cacheRead: 0,
    cacheWrite: 0,
    reasoning: 0,
    model: lines[0]?.model ?? '',
  };
}
