import type { ChatBody, ChatContentPart, ChatMessage, ChatTool } from './chat-api-types.ts';
import { getMember, isRecord, type JsonRecord, parseJsonText } from './json-value.ts';

interface AnthropicRequest {
  /** The body of `POST /v1/messages`. */
  readonly body: JsonRecord;
  /** Fields of the chat request that Messages does not have. */
  readonly leftOut: readonly string[];
}

/** Messages requires a maximum of output tokens. */
const defaultMaxTokens = 4096;

const anthropicEfforts = ['low', 'medium', 'high', 'xhigh', 'max'];

/** Maps a chat request to the same request of the Messages API. */
export function mapToAnthropicMessages(body: ChatBody): AnthropicRequest {
  const system = body.messages.flatMap((message) => (message.role === 'system' ? [message.content] : []));
  const outputConfig = mapOutputConfig(body);
  const leftOut = [
    ...(body.seed === undefined ? [] : ['seed']),
    ...(body.reasoning_effort === undefined || outputConfig.effort !== undefined ? [] : ['reasoning_effort']),
    ...(body.response_format === undefined || outputConfig.format !== undefined ? [] : ['response_format']),
  ];
  return {
    leftOut,
    body: {
      model: body.model,
      max_tokens: body.max_tokens ?? body.max_completion_tokens ?? defaultMaxTokens,
      ...(system.length > 0 && { system: system.join('\n\n') }),
      messages: mapMessages(body.messages),
      ...(body.temperature !== undefined && { temperature: body.temperature }),
      ...(body.top_p !== undefined && { top_p: body.top_p }),
      ...(body.stop && { stop_sequences: body.stop }),
      ...(body.tools && { tools: body.tools.map(mapTool) }),
      ...(Object.keys(outputConfig).length > 0 && { output_config: outputConfig }),
    },
  };
}

function mapOutputConfig({ reasoning_effort: effort, response_format: format }: ChatBody): JsonRecord {
  const schema = getMember(getMember(format, 'json_schema'), 'schema');
  return {
    ...(effort !== undefined && anthropicEfforts.includes(effort) && { effort }),
    ...(isRecord(schema) && { format: { type: 'json_schema', schema } }),
  };
}

function mapTool({ function: { name, description, parameters } }: ChatTool): JsonRecord {
  return {
    name,
    ...(typeof description === 'string' && { description }),
    input_schema: isRecord(parameters) ? parameters : { type: 'object' },
  };
}

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: readonly JsonRecord[];
}

/** The roles take turns: the results of tools and the message behind them are one turn of the user. */
function mapMessages(messages: readonly ChatMessage[]): JsonRecord[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    const turn = mapMessage(message);
    const last = turns.at(-1);
    if (!turn) continue;
    if (last?.role === turn.role) turns.splice(-1, 1, { ...last, content: [...last.content, ...turn.content] });
    else turns.push(turn);
  }
  return turns.map(({ role, content }) => {
    const [block] = content;
    return { role, content: content.length === 1 && block?.type === 'text' ? block.text : content };
  });
}

function mapMessage(message: ChatMessage): Turn | undefined {
  switch (message.role) {
    case 'system':
      return undefined;
    case 'user': {
      const { content } = message;
      return { role: 'user', content: typeof content === 'string' ? [toTextBlock(content)] : content.map(mapPart) };
    }
    case 'tool': {
      const { tool_call_id, content } = message;
      return { role: 'user', content: [{ type: 'tool_result', tool_use_id: tool_call_id, content }] };
    }
    case 'assistant': {
      const { content, tool_calls = [] } = message;
      const calls = tool_calls.map(({ id, function: call }) => ({
        type: 'tool_use',
        id,
        name: call.name,
        input: parseJsonText(call.arguments) ?? {},
      }));
      return { role: 'assistant', content: [...(content ? [toTextBlock(content)] : []), ...calls] };
    }
  }
}

function toTextBlock(text: string): JsonRecord {
  return { type: 'text', text };
}

function mapPart(part: ChatContentPart): JsonRecord {
  if (part.type === 'text') return toTextBlock(part.text);
  const { url } = part.image_url;
  const data = splitDataUrl(url);
  if (!data) return { type: 'image', source: { type: 'url', url } };
  return { type: 'image', source: { type: 'base64', media_type: data.mimeType, data: data.base64 } };
}

/** Splits a data URL with base64. Returns undefined for any other URL. */
export function splitDataUrl(url: string): { readonly mimeType: string; readonly base64: string } | undefined {
  const [, mimeType, base64] = /^data:([\w/+.-]+);base64,([A-Za-z0-9+/=]*)$/.exec(url) ?? [];
  return mimeType === undefined || base64 === undefined ? undefined : { mimeType, base64 };
}
