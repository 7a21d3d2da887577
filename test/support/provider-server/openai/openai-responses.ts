import { createHash } from 'node:crypto';
import { findOpenAiModel } from '../models.ts';
import {
  type AcceptedCall,
  type Endpoint,
  type Frame,
  isRefusal,
  type ProviderRequest,
  type Refusal,
  type Reply,
  type TokenCounts,
} from '../protocol.ts';
import { isBodyRefused, namedModel, readJson, unknownModel } from './openai-body.ts';
import { openAiRefusal, refuseIssues, writeFailure } from './openai-errors.ts';
import {
  bodySchema,
  findUnknownCall,
  lastText,
  ownCiphertext,
  type ResponsesBody,
  readModelRequest,
} from './openai-responses-body.ts';
import { StoredResponses } from './openai-stored-responses.ts';

/** `POST /v1/responses`. `moreModels` are known beside OpenAI's own. */
export function openAiResponses(key: string, moreModels: readonly string[], stored: StoredResponses): Endpoint {
  function accept(request: ProviderRequest): AcceptedCall | Refusal {
    const body = readJson(request, key);
    if (isBodyRefused(body)) return body.refusal;
    const parsed = bodySchema.safeParse(body.json);
    if (!parsed.success) return refuseIssues(parsed.error, body.json);
    const unknownCall = findUnknownCall(parsed.data);
    if (unknownCall !== undefined) {
      const message = `No tool call found for function call output with call_id ${unknownCall}.`;
      return openAiRefusal(400, { message, param: 'input' });
    }
    const model = namedModel(body.json) ?? '';
    const reported = moreModels.includes(model) ? model : findOpenAiModel(model)?.reported;
    // This endpoint says it with another status than its older sibling.
    if (reported === undefined) return { ...unknownModel(model), status: 400 };
    const { input, stream } = parsed.data;
    const call = { model: reported, stream: stream === true, includeUsage: true, lastUserText: lastText(input), key };
    // As unique as the request, so that the same request has the same reply.
    const idSuffix = createHash('sha256').update(request.body).digest('hex').slice(0, 32);
    if (parsed.data.store !== false) stored.saveInput(`resp_${idSuffix}`, input);
    return { ...call, idSuffix, modelRequest: readModelRequest(parsed.data) };
  }

  return {
    protocol: 'openai',
    path: '/v1/responses',
    streamContentType: 'text/event-stream; charset=utf-8',
    accept,
    writeBody: (reply, call) => {
      const response = writeResponse(reply, call, finalStatus(reply));
      stored.saveResponse(response);
      return JSON.stringify(response);
    },
    writeFrames: (reply, call) => {
      stored.saveResponse(writeResponse(reply, call, finalStatus(reply)));
      return writeFrames(reply, call);
    },
    writeError: writeFailure,
    writeErrorFrame: () =>
      frame({
        type: 'error',
        code: 'server_error',
        message: 'The server had an error while processing your request. Sorry about that!',
        param: null,
        sequence_number: 9,
      }),
  };
}

/** `POST /v1/responses/compact`: the user's messages, and the reply of the model as if it were encrypted. */
export function openAiCompact(key: string, moreModels: readonly string[]): Endpoint {
  const { accept, ...endpoint } = openAiResponses(key, moreModels, new StoredResponses());
  return {
    ...endpoint,
    path: '/v1/responses/compact',
    accept: (request) => {
      const call = accept(request);
      if (isRefusal(call)) return call;
      const { input }: Pick<ResponsesBody, 'input'> = JSON.parse(request.body);
      return { ...call, stream: false, userItems: writeUserItems(input) };
    },
    writeBody: (reply, call) => {
      const { idSuffix = '', userItems = [] } = call;
      const encrypted_content = ownCiphertext + Buffer.from(reply.text.join('')).toString('base64url');
      return JSON.stringify({
        id: `resp_${idSuffix}`,
        object: 'response.compaction',
        created_at: 1_760_000_000,
        output: [...userItems, { id: `cmp_${idSuffix}`, type: 'compaction', encrypted_content }],
        usage: reply.usage ? writeUsage(reply.usage) : null,
      });
    },
  };
}

function writeUserItems(input: ResponsesBody['input']): object[] {
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  return items
    .filter(({ role }) => role === 'user')
    .map(({ content = '' }, index) => ({
      id: `msg_user${index}`,
      type: 'message',
      status: 'completed',
      role: 'user',
      content: typeof content === 'string' ? [{ type: 'input_text', text: content }] : content,
    }));
}

function finalStatus({ finish }: Reply): 'completed' | 'incomplete' {
  return finish === 'length' ? 'incomplete' : 'completed';
}

function messageId({ idSuffix = '' }: AcceptedCall): string {
  return `msg_${idSuffix}`;
}

function writeResponse(reply: Reply, call: AcceptedCall, status: 'in_progress' | 'completed' | 'incomplete') {
  const isOver = status !== 'in_progress';
  return {
    id: `resp_${call.idSuffix ?? ''}`,
    object: 'response',
    created_at: 1_760_000_000,
    completed_at: status === 'completed' ? 1_760_000_001 : null,
    status,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    model: call.model,
    output: isOver ? writeItems(reply, call) : [],
    ...settings,
    usage: isOver && reply.usage ? writeUsage(reply.usage) : null,
  };
}

/** What a response repeats of its request, as if that had left it all out. */
const settings = {
  instructions: null,
  previous_response_id: null,
  max_output_tokens: null,
  max_tool_calls: null,
  background: false,
  store: true,
  service_tier: 'default',
  truncation: 'disabled',
  parallel_tool_calls: true,
  temperature: 1,
  top_p: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  top_logprobs: 0,
  text: { format: { type: 'text' } },
  tools: [],
  tool_choice: 'auto',
  reasoning: { effort: null, summary: null },
  metadata: {},
  safety_identifier: null,
  prompt_cache_key: null,
};

function writeItems(reply: Reply, call: AcceptedCall): object[] {
  const { toolCalls = [] } = reply;
  if (toolCalls.length === 0) return [writeMessage(reply, call)];
  return toolCalls.map((toolCall, index) => writeCall(toolCall, callItemId(index, call)));
}

type ToolCall = NonNullable<Reply['toolCalls']>[number];

function writeCall({ id, name, argumentsJson }: ToolCall, itemId: string): object {
  const call = { call_id: id, name, arguments: argumentsJson.join('') };
  return { id: itemId, type: 'function_call', status: 'completed', ...call };
}

function callItemId(index: number, { idSuffix = '' }: AcceptedCall): string {
  return `fc_${idSuffix}${index}`;
}

function writeMessage({ text, refusal }: Reply, call: AcceptedCall): object {
  const content =
    refusal === undefined
      ? { type: 'output_text', annotations: [], logprobs: [], text: text.join('') }
      : { type: 'refusal', refusal };
  return { id: messageId(call), type: 'message', status: 'completed', role: 'assistant', content: [content] };
}

function writeUsage({ input = 0, output = 0, cacheRead = 0, reasoning = 0 }: TokenCounts): object {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cacheRead },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + output,
  };
}

type AddFrame = (kind: Frame['kind'], type: string, more: object) => void;

/** The events of a stream, numbered: its beginning, its items in pieces, its end. */
function writeFrames(reply: Reply, call: AcceptedCall): Frame[] {
  const frames: Frame[] = [];
  const add: AddFrame = (kind, type, more) =>
    frames.push({ kind, text: frame({ type, sequence_number: frames.length, ...more }) });
  add('start', 'response.created', { response: writeResponse(reply, call, 'in_progress') });
  add('start', 'response.in_progress', { response: writeResponse(reply, call, 'in_progress') });
  const { toolCalls = [] } = reply;
  for (const [index, toolCall] of toolCalls.entries()) addCall(add, toolCall, index, call);
  if (toolCalls.length === 0) addMessage(add, reply, call);
  const status = finalStatus(reply);
  add('end', `response.${status}`, { response: writeResponse(reply, call, status) });
  return frames;
}

function addCall(add: AddFrame, toolCall: ToolCall, output_index: number, call: AcceptedCall): void {
  const item_id = callItemId(output_index, call);
  const place = { output_index, item_id };
  const item = { ...writeCall({ ...toolCall, argumentsJson: [] }, item_id), status: 'in_progress' };
  add('start', 'response.output_item.added', { output_index, item });
  for (const delta of toolCall.argumentsJson) {
    add('content', 'response.function_call_arguments.delta', { ...place, delta });
  }
  const whole = toolCall.argumentsJson.join('');
  add('end', 'response.function_call_arguments.done', { ...place, name: toolCall.name, arguments: whole });
  add('end', 'response.output_item.done', { output_index, item: writeCall(toolCall, item_id) });
}

function addMessage(add: AddFrame, reply: Reply, call: AcceptedCall): void {
  const { refusal, text } = reply;
  const item_id = messageId(call);
  const item = { id: item_id, type: 'message', status: 'in_progress', role: 'assistant', content: [] };
  add('start', 'response.output_item.added', { output_index: 0, item });
  const kind = refusal === undefined ? 'output_text' : 'refusal';
  const at = { output_index: 0, item_id, content_index: 0 };
  const opened = refusal === undefined ? { type: kind, annotations: [], text: '' } : { type: kind, refusal: '' };
  add('start', 'response.content_part.added', { ...at, part: opened });
  for (const delta of refusal === undefined ? text : [refusal]) {
    add('content', `response.${kind}.delta`, { ...at, delta, ...(refusal === undefined && { logprobs: [] }) });
  }
  const whole = refusal === undefined ? { text: text.join(''), logprobs: [] } : { refusal };
  add('end', `response.${kind}.done`, { ...at, ...whole });
  const part = refusal === undefined ? { ...opened, ...whole } : { type: kind, refusal };
  add('end', 'response.content_part.done', { ...at, part });
  add('end', 'response.output_item.done', { output_index: 0, item: writeMessage(reply, call) });
}

function frame(event: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
