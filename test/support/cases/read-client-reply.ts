import { z } from 'zod';

interface ToolCall {
  name: string;
  /** JSON as the client has it at the end. */
  input: string;
}

/** A reply as a client of the path's protocol understands it. */
export interface ClientReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  text: string;
  reasoning: string;
  readonly toolCalls: ToolCall[];
  /** A native finish reason: `stop`, `length`, `tool_calls` … */
  finish: string | undefined;
  /** Whether the success terminator of the protocol came last. A whole reply of status 200 is its own. */
  endsWithTerminal: boolean;
  /** An HTTP error or an error event. */
  error: string | undefined;
  /** Whether a chunk with usage and without a list of choices came. */
  hasUsageChunkWithoutChoices: boolean;
  /** What the reply itself says, where it does. */
  usage: Usage;
}

interface Usage {
  readonly tokensIn?: number | null | undefined;
  readonly tokensOut?: number | null | undefined;
  readonly cost?: number | null | undefined;
}

const optionalText = z.string().nullish();

const openAiMessage = z.object({
  content: optionalText,
  reasoning_content: optionalText,
  tool_calls: z
    .array(
      z.object({
        index: z.number().optional(),
        function: z.object({ name: optionalText, arguments: optionalText }).optional(),
      }),
    )
    .nullish(),
});

const openAiReply = z.object({
  choices: z
    .array(
      z.object({
        message: openAiMessage.nullish(),
        delta: openAiMessage.nullish(),
        finish_reason: optionalText,
      }),
    )
    .nullish(),
  usage: z.object({ prompt_tokens: z.number().optional(), completion_tokens: z.number().optional() }).nullish(),
});

const contentBlock = z.object({
  type: z.string(),
  text: optionalText,
  thinking: optionalText,
  name: optionalText,
  input: z.unknown(),
});

const anthropicMessage = z.object({ content: z.array(contentBlock), stop_reason: optionalText });

const anthropicEvent = z.object({
  type: z.string(),
  index: z.number().optional(),
  content_block: contentBlock.optional(),
  delta: z
    .object({ text: optionalText, thinking: optionalText, partial_json: optionalText, stop_reason: optionalText })
    .optional(),
});

const nativeResult = z.object({
  content: z.string().optional(),
  finishReason: optionalText,
  tokensIn: z.number().nullish(),
  tokensOut: z.number().nullish(),
  cost: z.number().nullish(),
});

const nativeEvent = nativeResult.extend({ type: z.string() });

const finishReasons: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'content_filter',
};

/** Reads a reply of any of the three client protocols to its end. */
export async function readClientReply(path: string, response: Response): Promise<ClientReply> {
  const body = await response.text();
  const reply: ClientReply = {
    status: response.status,
    headers: response.headers,
    body,
    text: '',
    reasoning: '',
    toolCalls: [],
    finish: undefined,
    endsWithTerminal: false,
    error: undefined,
    hasUsageChunkWithoutChoices: false,
    usage: {},
  };
  if (response.status >= 400) reply.error = body;
  else if (response.headers.get('content-type')?.startsWith('text/event-stream')) readStream(path, reply);
  else if (body !== '') readWhole(path, reply, JSON.parse(body));
  if (reply.finish !== undefined) reply.finish = finishReasons[reply.finish] ?? reply.finish;
  return reply;
}

function readWhole(path: string, reply: ClientReply, json: unknown): void {
  reply.endsWithTerminal = true;
  if (path.startsWith('/v1/messages')) {
    const { data } = anthropicMessage.safeParse(json);
    for (const [index, block] of data?.content.entries() ?? []) addBlock(reply, index, block);
    reply.finish = data?.stop_reason ?? undefined;
  } else if (path.startsWith('/v1/')) {
    addOpenAi(reply, json);
  } else {
    addNative(reply, json);
  }
}

function readStream(path: string, reply: ClientReply): void {
  const frames = reply.body.split(/\r?\n\r?\n/);
  for (const frame of frames) {
    const data = /^data: ?(.*)$/m.exec(frame)?.[1];
    if (data === undefined) continue;
    if (data === '[DONE]') {
      reply.endsWithTerminal = true;
      continue;
    }
    const json = parseJson(data);
    if (typeof json !== 'object' || json === null) continue;
    if (('error' in json && json.error) || ('type' in json && json.type === 'error')) {
      reply.error = data;
      reply.endsWithTerminal = false;
    }
    if (path.startsWith('/v1/messages')) addAnthropicEvent(reply, json);
    else if (path.startsWith('/v1/')) addOpenAi(reply, json);
    else addNative(reply, json);
  }
}

function addOpenAi(reply: ClientReply, json: unknown): void {
  const { data } = openAiReply.safeParse(json);
  if (!data) return;
  if (data.usage) {
    if (!data.choices) reply.hasUsageChunkWithoutChoices = true;
    reply.usage = { tokensIn: data.usage.prompt_tokens, tokensOut: data.usage.completion_tokens };
  }
  for (const { message, delta, finish_reason } of data.choices ?? []) {
    const part = message ?? delta;
    reply.text += part?.content ?? '';
    reply.reasoning += part?.reasoning_content ?? '';
    for (const [position, call] of part?.tool_calls?.entries() ?? []) {
      const { name, arguments: input } = call.function ?? {};
      addToolCall(reply, call.index ?? position, name ?? '', input ?? '');
    }
    reply.finish = finish_reason ?? reply.finish;
  }
}

function addAnthropicEvent(reply: ClientReply, json: object): void {
  const { data } = anthropicEvent.safeParse(json);
  if (!data) return;
  if (data.type === 'message_stop') reply.endsWithTerminal = reply.error === undefined;
  const index = data.index ?? 0;
  if (data.content_block) addBlock(reply, index, { ...data.content_block, input: undefined });
  reply.text += data.delta?.text ?? '';
  reply.reasoning += data.delta?.thinking ?? '';
  if (data.delta?.partial_json) addToolCall(reply, index, '', data.delta.partial_json);
  reply.finish = data.delta?.stop_reason ?? reply.finish;
}

function addBlock(reply: ClientReply, index: number, block: z.output<typeof contentBlock>): void {
  reply.text += block.text ?? '';
  reply.reasoning += block.thinking ?? '';
  if (block.type !== 'tool_use') return;
  addToolCall(reply, index, block.name ?? '', block.input === undefined ? '' : JSON.stringify(block.input));
}

function addToolCall(reply: ClientReply, index: number, name: string, input: string): void {
  reply.toolCalls[index] ??= { name: '', input: '' };
  const call = reply.toolCalls[index];
  call.name += name;
  call.input += input;
}

function addNative(reply: ClientReply, json: unknown): void {
  const { data } = nativeEvent.partial({ type: true }).safeParse(json);
  if (!data) return;
  reply.text += data.content ?? '';
  if (data.type === 'chunk' || data.type === 'start') return;
  if (data.type === 'done') reply.endsWithTerminal = true;
  const { tokensIn, tokensOut, cost } = data;
  reply.usage = { tokensIn, tokensOut, cost };
  reply.finish = data.finishReason ?? reply.finish;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
