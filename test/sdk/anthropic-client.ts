import Anthropic, * as errors from '@anthropic-ai/sdk';
import type { Image, ModelRequest, Reply, SdkClient, Target, Turn } from './normal-form.ts';

/** The official `@anthropic-ai/sdk` client. Streams are read by its own helper, which puts the whole reply together. */
export function anthropicClient(gatewayUrl: string): SdkClient {
  return {
    name: 'anthropic',
    errors: {
      api: errors.APIError,
      connection: errors.APIConnectionError,
      abort: errors.APIUserAbortError,
      400: errors.BadRequestError,
      401: errors.AuthenticationError,
      403: errors.PermissionDeniedError,
      404: errors.NotFoundError,
      429: errors.RateLimitError,
      500: errors.InternalServerError,
      502: errors.InternalServerError,
    },
    send: async (target, ask) => toReply(await send(gatewayUrl, target, toParams(ask, target.model))),
  };
}

type Params = Omit<Anthropic.MessageCreateParams, 'stream'>;

async function send(gatewayUrl: string, target: Target, params: Params): Promise<Anthropic.Message> {
  const { key, retries, signal, stream, onRequest, onText } = target;
  const client = new Anthropic({
    apiKey: key,
    baseURL: gatewayUrl,
    maxRetries: retries,
    fetch: (url, init) => {
      onRequest();
      return fetch(url, init);
    },
  });
  if (!stream) return await client.messages.create(params, { signal });
  const reply = client.messages.stream(params, { signal });
  reply.on('text', onText);
  return await reply.finalMessage();
}

function toParams(
  { system, turns, tools, toolChoice, oneToolAtATime, schema, stop, maxTokens }: ModelRequest,
  model: string,
): Params {
  const choice = toToolChoice(toolChoice, oneToolAtATime);
  return {
    model,
    max_tokens: maxTokens ?? 1000,
    ...(system !== undefined && { system }),
    messages: turns.map(toMessage),
    ...(stop && { stop_sequences: [...stop] }),
    ...(tools && { tools: tools.map(({ name, parameters }) => ({ name, input_schema: parameters })) }),
    ...(choice && { tool_choice: choice }),
    ...(schema && { output_config: { format: { type: 'json_schema', schema } } }),
  };
}

function toToolChoice(choice: ModelRequest['toolChoice'], oneToolAtATime = false): Anthropic.ToolChoice | undefined {
  if (choice === undefined) return oneToolAtATime ? { type: 'auto', disable_parallel_tool_use: true } : undefined;
  const disabled = oneToolAtATime ? { disable_parallel_tool_use: true } : {};
  return choice === 'required' ? { type: 'any', ...disabled } : { type: 'tool', ...choice, ...disabled };
}

function toMessage(turn: Turn): Anthropic.MessageParam {
  switch (turn.role) {
    case 'user':
      return { role: 'user', content: turn.image ? withImage(turn.text, turn.image) : turn.text };
    case 'assistant': {
      const text = turn.text === '' ? [] : [{ type: 'text' as const, text: turn.text }];
      const calls = (turn.toolCalls ?? []).map((call) => ({ type: 'tool_use' as const, ...call }));
      return { role: 'assistant', content: [...text, ...calls] };
    }
    case 'results':
      return {
        role: 'user',
        content: turn.results.map(({ id, text }) => ({ type: 'tool_result', tool_use_id: id, content: text })),
      };
  }
}

function withImage(text: string, image: Image): Anthropic.ContentBlockParam[] {
  const source =
    'png' in image
      ? { type: 'base64' as const, media_type: 'image/png' as const, data: image.png }
      : { type: 'url' as const, url: image.url };
  return [
    { type: 'text', text },
    { type: 'image', source },
  ];
}

const finishes: Readonly<Record<string, Reply['finish']>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool_calls',
  refusal: 'refusal',
};

function toReply({ content, stop_reason, usage }: Anthropic.Message): Reply {
  const finish = finishes[stop_reason ?? ''];
  if (finish === undefined) throw new Error(`${stop_reason} came as stop reason`);
  const { input_tokens, cache_creation_input_tokens: written, cache_read_input_tokens: read, output_tokens } = usage;
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    toolCalls: content.flatMap((block) =>
      block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : [],
    ),
    finish,
    usage: { input: input_tokens + (written ?? 0) + (read ?? 0), output: output_tokens },
  };
}
