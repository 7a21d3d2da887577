import { listAt, merge, numberAt, textAt, valueAt } from './json-values.ts';
import { ToolCallCollector } from './tool-call-collector.ts';

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

const finishReasons: Readonly<Record<string, string>> = {
  stop: 'stop',
  end_turn: 'stop',
  tool_use: 'tool_calls',
  tool_calls: 'tool_calls',
  refusal: 'content_filter',
};

/** Parses the lines of a recorded stream, or a part of them. */
export function parseRecordedStream(name: string, recorded: string): RecordedReply {
  const lines = recorded
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): unknown => JSON.parse(line));
  if (name.startsWith('anthropic/')) return parseAnthropic(lines);
  return name.startsWith('ollama/') ? parseOllama(lines) : parseOpenAi(lines);
}

/** Parses a recorded whole reply. */
export function parseRecordedReply(name: string, recorded: string): RecordedReply {
  const reply: unknown = JSON.parse(recorded);
  if (name.startsWith('ollama/')) return parseOllama([reply]);
  if (name.startsWith('anthropic/')) return parseAnthropicReply(reply);
  const message = valueAt(reply, 'choices', 0, 'message');
  const tool_calls = listAt(message, 'tool_calls').map((call, index) => merge(call, { index }));
  const choice = {
    delta: merge(message, { tool_calls }),
    finish_reason: valueAt(reply, 'choices', 0, 'finish_reason'),
  };
  return parseOpenAi([merge(reply, { choices: [choice] })]);
}

/** The text of a message's content. Mistral writes that of a reasoning model as a list of parts. */
export function joinContent(content: unknown): string {
  if (typeof content === 'string') return content;
  return listAt(content)
    .map((part) => (textAt(part, 'type') === 'text' ? (textAt(part, 'text') ?? '') : ''))
    .join('');
}

function parseOpenAi(chunks: readonly unknown[]): RecordedReply {
  const collector = new ToolCallCollector();
  let text = '';
  let finish = '';
  let usage: unknown;
  for (const chunk of chunks) {
    const choice = valueAt(chunk, 'choices', 0);
    text += joinContent(valueAt(choice, 'delta', 'content'));
    for (const call of listAt(choice, 'delta', 'tool_calls')) {
      const index = numberAt(call, 'index') ?? 0;
      collector.add(index, textAt(call, 'function', 'name') ?? '');
      collector.addArguments(index, textAt(call, 'function', 'arguments') ?? '');
    }
    finish = textAt(choice, 'finish_reason') ?? finish;
    usage = valueAt(chunk, 'usage') ?? usage;
  }
  const input = numberAt(usage, 'prompt_tokens') ?? 0;
  const output = numberAt(usage, 'completion_tokens') ?? 0;
  const total = numberAt(usage, 'total_tokens') ?? 0;
  const reasoning = numberAt(usage, 'completion_tokens_details', 'reasoning_tokens') ?? 0;
  return {
    text,
    refusal: '',
    toolCalls: collector.calls.map(({ name, json }) => ({ name, input: JSON.parse(json) })),
    finishReason: finishReasons[finish] ?? '',
    tokensIn: input,
    // The sum tells whether the reasoning is counted beside the rest or in it.
    tokensOut: input + output === total ? output : output + reasoning,
    reportedTokensOut: output,
    cacheRead: numberAt(usage, 'prompt_tokens_details', 'cached_tokens') ?? 0,
    cacheWrite: 0,
    reasoning,
    model: textAt(chunks[0], 'model') ?? '',
  };
}

function parseAnthropicReply(reply: unknown): RecordedReply {
  const blocks = listAt(reply, 'content');
  const ofType = (type: string) => blocks.filter((block) => textAt(block, 'type') === type);
  return {
    ...parseAnthropic([
      { type: 'message_start', message: reply },
      { type: 'message_delta', delta: reply },
    ]),
    text: joinContent(blocks),
    toolCalls: ofType('tool_use').map((block) => {
      return { name: textAt(block, 'name') ?? '', input: valueAt(block, 'input') };
    }),
  };
}

function parseAnthropic(events: readonly unknown[]): RecordedReply {
  const collector = new ToolCallCollector();
  let text = '';
  let stop: unknown;
  let usage: unknown;
  for (const event of events) {
    const type = textAt(event, 'type');
    const index = numberAt(event, 'index') ?? 0;
    const block = valueAt(event, 'content_block');
    const delta = valueAt(event, 'delta');
    if (type === 'message_start') usage = valueAt(event, 'message', 'usage');
    // A tool that the provider runs itself is not a call to the client.
    if (textAt(block, 'type') === 'tool_use') collector.add(index, textAt(block, 'name') ?? '');
    if (textAt(delta, 'type') === 'text_delta') text += textAt(delta, 'text') ?? '';
    if (textAt(delta, 'type') === 'input_json_delta')
      collector.addArguments(index, textAt(delta, 'partial_json') ?? '');
    if (type !== 'message_delta') continue;
    stop = delta;
    usage = merge(usage, valueAt(event, 'usage'));
  }
  const cacheRead = numberAt(usage, 'cache_read_input_tokens') ?? 0;
  const cacheWrite = numberAt(usage, 'cache_creation_input_tokens') ?? 0;
  const tokensOut = numberAt(usage, 'output_tokens') ?? 0;
  return {
    text,
    refusal: textAt(stop, 'stop_details', 'explanation') ?? '',
    toolCalls: collector.calls.map(({ name, json }) => ({ name, input: JSON.parse(json || '{}') })),
    finishReason: finishReasons[textAt(stop, 'stop_reason') ?? ''] ?? '',
    tokensIn: (numberAt(usage, 'input_tokens') ?? 0) + cacheRead + cacheWrite,
    tokensOut,
    reportedTokensOut: tokensOut,
    cacheRead,
    cacheWrite,
    reasoning: numberAt(usage, 'output_tokens_details', 'thinking_tokens') ?? 0,
    model: textAt(events[0], 'message', 'model') ?? '',
  };
}

function parseOllama(lines: readonly unknown[]): RecordedReply {
  const calls = lines.flatMap((line) => listAt(line, 'message', 'tool_calls'));
  const last = lines.at(-1);
  const toolCalls = calls.map((call) => {
    return { name: textAt(call, 'function', 'name') ?? '', input: valueAt(call, 'function', 'arguments') };
  });
  return {
    text: lines.map((line) => textAt(line, 'message', 'content') ?? '').join(''),
    refusal: '',
    toolCalls,
    // Ollama writes `stop` after a tool call too, and older versions write no reason.
    finishReason: toolCalls.length > 0 ? 'tool_calls' : (finishReasons[textAt(last, 'done_reason') ?? 'stop'] ?? ''),
    tokensIn: numberAt(last, 'prompt_eval_count') ?? 0,
    tokensOut: numberAt(last, 'eval_count') ?? 0,
    reportedTokensOut: numberAt(last, 'eval_count') ?? 0,
    cacheRead: 0,
    cacheWrite: 0,
    reasoning: 0,
    model: textAt(lines[0], 'model') ?? '',
  };
}
