import OpenAI, * as errors from 'openai';
import type { ChatCompletion, ChatCompletionCreateParams, ChatCompletionMessageParam } from 'openai/resources/chat';
import type { Image, ModelRequest, Reply, SdkClient, Target, Turn } from './normal-form.ts';

/** The official `openai` client. Streams are read by its own helper, which puts the whole reply together. */
export function openAiClient(gatewayUrl: string): SdkClient {
  return {
    name: 'openai',
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

type Params = Omit<ChatCompletionCreateParams, 'stream'>;

async function send(gatewayUrl: string, target: Target, params: Params): Promise<ChatCompletion> {
  const { key, retries, signal, stream, onRequest, onText } = target;
  const client = new OpenAI({
    apiKey: key,
    baseURL: `${gatewayUrl}/v1`,
    maxRetries: retries,
    fetch: (url, init) => {
      onRequest();
      return fetch(url, init);
    },
  });
  if (!stream) return await client.chat.completions.create(params, { signal });
  const reply = client.chat.completions.stream({ ...params, stream_options: { include_usage: true } }, { signal });
  reply.on('content', onText);
  return await reply.finalChatCompletion();
}

function toParams(
  { system, turns, tools, toolChoice, oneToolAtATime, schema, stop, maxTokens }: ModelRequest,
  model: string,
): Params {
  return {
    model,
    max_tokens: maxTokens ?? 1000,
    messages: [
      ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
      ...turns.flatMap(toMessages),
    ],
    ...(stop && { stop: [...stop] }),
    ...(tools && { tools: tools.map((tool) => ({ type: 'function', function: { ...tool } })) }),
    ...(toolChoice && {
      tool_choice: typeof toolChoice === 'string' ? toolChoice : { type: 'function', function: toolChoice },
    }),
    ...(oneToolAtATime && { parallel_tool_calls: false }),
    ...(schema && {
      response_format: { type: 'json_schema', json_schema: { name: 'reply', strict: true, schema } },
    }),
  };
}

function toMessages(turn: Turn): ChatCompletionMessageParam[] {
  switch (turn.role) {
    case 'user':
      return [{ role: 'user', content: turn.image ? withImage(turn.text, turn.image) : turn.text }];
    case 'assistant':
      return [
        {
          role: 'assistant',
          content: turn.text || null,
          ...(turn.toolCalls && {
            tool_calls: turn.toolCalls.map(({ id, name, input }) => ({
              id,
              type: 'function',
              function: { name, arguments: JSON.stringify(input) },
            })),
          }),
        },
      ];
    case 'results':
      return turn.results.map(({ id, text }) => ({ role: 'tool', tool_call_id: id, content: text }));
  }
}

function withImage(text: string, image: Image): OpenAI.ChatCompletionContentPart[] {
  const url = 'png' in image ? `data:image/png;base64,${image.png}` : image.url;
  return [
    { type: 'text', text },
    { type: 'image_url', image_url: { url } },
  ];
}

function toReply({ choices, usage }: ChatCompletion): Reply {
  const [choice, ...others] = choices;
  if (!choice || others.length > 0) throw new Error(`${choices.length} choices came`);
  const { message, finish_reason } = choice;
  return {
    text: message.content || message.refusal || '',
    toolCalls: (message.tool_calls ?? []).map((call) => {
      if (call.type !== 'function') throw new Error(`a tool call of type ${call.type} came`);
      return { id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) };
    }),
    finish: message.refusal ? 'refusal' : toFinish(finish_reason),
    usage: { input: usage?.prompt_tokens ?? Number.NaN, output: usage?.completion_tokens ?? Number.NaN },
  };
}

function toFinish(reason: ChatCompletion.Choice['finish_reason']): Reply['finish'] {
  if (reason === 'content_filter') return 'refusal';
  if (reason === 'function_call') throw new Error('function_call came as finish reason');
  return reason;
}
