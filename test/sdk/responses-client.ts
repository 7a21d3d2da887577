import OpenAI from 'openai';
import type {
  Response,
  ResponseCreateParamsBase,
  ResponseInputItem,
  ResponseOutputItem,
} from 'openai/resources/responses/responses';
import type { Image, ModelRequest, Reply, SdkClient, Target, Turn } from './normal-form.ts';
import { openAiClient } from './openai-client.ts';

/** The Responses of the official `openai` client. Streams are read by its own helper, which puts the whole response together. */
export function responsesClient(gatewayUrl: string): SdkClient {
  return {
    ...openAiClient(gatewayUrl),
    name: 'responses',
    send: async (target, ask) => toReply(await send(gatewayUrl, target, toParams(ask, target.model))),
  };
}

type Params = Omit<ResponseCreateParamsBase, 'stream'>;

async function send(gatewayUrl: string, target: Target, params: Params): Promise<Response> {
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
  if (!stream) return await client.responses.create(params, { signal });
  const response = client.responses.stream(params, { signal });
  response.on('response.output_text.delta', onText);
  return await response.finalResponse();
}

function toParams(
  { system, turns, tools, toolChoice, oneToolAtATime, schema, maxTokens }: ModelRequest,
  model: string,
): Params {
  return {
    model,
    max_output_tokens: maxTokens ?? 1000,
    input: turns.flatMap(toItems),
    store: false,
    ...(system !== undefined && { instructions: system }),
    ...(tools && { tools: tools.map((tool) => ({ type: 'function', ...tool, strict: null })) }),
    ...(toolChoice && {
      tool_choice: typeof toolChoice === 'string' ? toolChoice : { type: 'function', ...toolChoice },
    }),
    ...(oneToolAtATime && { parallel_tool_calls: false }),
    ...(schema && { text: { format: { type: 'json_schema', name: 'reply', strict: true, schema } } }),
  };
}

function toItems(turn: Turn): ResponseInputItem[] {
  switch (turn.role) {
    case 'user':
      return [{ role: 'user', content: turn.image ? withImage(turn.text, turn.image) : turn.text }];
    case 'assistant': {
      const calls = (turn.toolCalls ?? []).map(({ id, name, input }): ResponseInputItem => {
        return { type: 'function_call', call_id: id, name, arguments: JSON.stringify(input) };
      });
      return turn.text === '' ? calls : [{ role: 'assistant', content: turn.text }, ...calls];
    }
    case 'results':
      return turn.results.map(({ id, text }) => ({ type: 'function_call_output', call_id: id, output: text }));
  }
}

function withImage(text: string, image: Image): OpenAI.Responses.ResponseInputContent[] {
  const image_url = 'png' in image ? `data:image/png;base64,${image.png}` : image.url;
  return [
    { type: 'input_text', text },
    { type: 'input_image', image_url, detail: 'auto' },
  ];
}

function toReply(response: Response): Reply {
  const { output, usage } = response;
  const refusal = output.flatMap(readRefusals).join('');
  return {
    text: response.output_text || refusal,
    toolCalls: output.flatMap((item) =>
      item.type === 'function_call' ? [{ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) }] : [],
    ),
    finish: refusal === '' ? toFinish(response) : 'refusal',
    usage: { input: usage?.input_tokens ?? Number.NaN, output: usage?.output_tokens ?? Number.NaN },
  };
}

function readRefusals(item: ResponseOutputItem): string[] {
  if (item.type !== 'message') return [];
  return item.content.flatMap((part) => (part.type === 'refusal' ? [part.refusal] : []));
}

function toFinish({ status, incomplete_details, output }: Response): Reply['finish'] {
  if (status === 'incomplete') return incomplete_details?.reason === 'content_filter' ? 'refusal' : 'length';
  if (status !== 'completed') throw new Error(`a response came that is ${status}`);
  return output.some(({ type }) => type === 'function_call') ? 'tool_calls' : 'stop';
}
