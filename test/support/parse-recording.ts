/**
 * A recorded reply, parsed line by line as JSON without any code of the product. Tests compare it with what clients and the
 * ledger get.
 */
export interface RecordedReply {
  readonly text: string;
  readonly refusal: string;
  readonly toolCalls: readonly { readonly name: string; readonly input: unknown }[];
  readonly finishReason: string;
  readonly tokensIn: number;
  /** What is billed: reasoning is part of it. */
  readonly tokensOut: number;
  /** The count of output tokens as the vendor writes it; some vendors count reasoning beside it. */
  readonly reportedTokensOut: number;
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

/** Parses the lines of a recorded stream, or a part of them. */
export function parseRecordedStream(name: string, recorded: string): RecordedReply {
  const lines: Json[] = recorded
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line));
  if (name.startsWith('anthropic/')) return parseAnthropic(lines);
  return name.startsWith('ollama/') ? parseOllama(lines) : parseOpenAi(lines);
}

/** Parses a recorded whole reply. */
export function parseRecordedReply(name: string, recorded: string): RecordedReply {
  const reply: Json = JSON.parse(recorded);
  if (name.startsWith('ollama/')) return parseOllama([reply]);
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
    const parsed = parseAnthropic([{ type: 'message_start', message }, ...blocks, stop]);
    const toolCalls = content
      .filter(({ type }: Json) => type === 'tool_use')
      .map(({ name: toolName, input }: Json) => ({ name: toolName, input }));
    const text = content.map((block: Json) => (block.type === 'text' ? block.text : '')).join('');
    return { ...parsed, text, toolCalls };
  }
  const { choices, ...head } = reply;
  const [{ message, finish_reason }] = choices;
  const calls = message.tool_calls?.map((call: Json, index: number) => ({ ...call, index }));
  return parseOpenAi([{ ...head, choices: [{ delta: { ...message, tool_calls: calls }, finish_reason }] }]);
}

/** The text of a message's content. Mistral writes that of a reasoning model as a list of parts. */
export function joinContent(content: Json): string {
  if (!Array.isArray(content)) return content ?? '';
  return content.map((part: Json) => (part.type === 'text' ? part.text : '')).join('');
}

function parseOpenAi(chunks: readonly Json[]): RecordedReply {
  const calls: { name: string; json: string }[] = [];
  let text = '';
  let finish = '';
  let usage: Json = {};
  for (const chunk of chunks) {
    const choice = chunk.choices[0];
    text += joinContent(choice?.delta.content);
    for (const {
      index,
      function: { name, arguments: json },
    } of choice?.delta.tool_calls ?? []) {
      calls[index] ??= { name, json: '' };
      calls[index].json += json;
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
    reportedTokensOut: completion_tokens,
    cacheRead: usage.prompt_tokens_details?.cached_tokens ?? 0,
    cacheWrite: 0,
    reasoning,
    model: chunks[0]?.model ?? '',
  };
}

function parseAnthropic(events: readonly Json[]): RecordedReply {
  const calls: { name: string; json: string; index: number }[] = [];
  let text = '';
  let stop: Json = {};
  let usage: Json = {};
  for (const { type, index, message, content_block: block, delta, usage: counts } of events) {
    if (type === 'message_start') usage = { ...message.usage };
    // A tool that the provider runs itself is not a call to the client.
    if (block?.type === 'tool_use') calls.push({ name: block.name, json: '', index });
    if (delta?.type === 'text_delta') text += delta.text;
    const call = calls.find((candidate) => candidate.index === index);
    if (call && delta?.type === 'input_json_delta') call.json += delta.partial_json;
    if (type === 'message_delta') {
      stop = delta;
      usage = { ...usage, ...counts };
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
    reportedTokensOut: output_tokens,
    cacheRead: cache_read_input_tokens,
    cacheWrite: cache_creation_input_tokens,
    reasoning: usage.output_tokens_details?.thinking_tokens ?? 0,
    model: events[0]?.message.model ?? '',
  };
}

function parseOllama(lines: readonly Json[]): RecordedReply {
  const calls: Json[] = lines.flatMap(({ message }) => message.tool_calls ?? []);
  const last = lines.at(-1);
  const toolCalls = calls.map(({ function: { name, arguments: input } }) => ({ name, input }));
  return {
    text: lines.map(({ message }) => message.content).join(''),
    refusal: '',
    toolCalls,
    // Ollama writes `stop` after a tool call too, and older versions write no reason.
    finishReason: toolCalls.length > 0 ? 'tool_calls' : (finishReasons[last?.done_reason ?? 'stop'] ?? ''),
    tokensIn: last?.prompt_eval_count ?? 0,
    tokensOut: last?.eval_count ?? 0,
    reportedTokensOut: last?.eval_count ?? 0,
    cacheRead: 0,
    cacheWrite: 0,
    reasoning: 0,
    model: lines[0]?.model ?? '',
  };
}
