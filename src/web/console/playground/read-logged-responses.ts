import type { ChatTool } from './chat-api-types.ts';
import { type AttachedImage, createImage } from './conversation.ts';
import { isChatTool } from './json-fields.ts';
import { getMember, isRecord, type JsonRecord, toList, toText } from './json-value.ts';
import { type LoggedConversation, LoggedMessages } from './logged-conversation.ts';
import { readLoggedParameters } from './read-logged-parameters.ts';

const readFields = [
  ...['model', 'input', 'instructions', 'max_output_tokens', 'temperature', 'top_p', 'tools', 'text', 'reasoning'],
  'stream',
];

/** Reads the body of `POST /v1/responses`. */
export function readLoggedResponses(body: JsonRecord): LoggedConversation {
  const logged = new LoggedMessages();
  logged.addSystem(toText(body.instructions));
  if (typeof body.input === 'string') logged.addUser({ text: body.input, images: [] });
  for (const [index, item] of toList(body.input).entries()) addItem(logged, item, `input[${index}]`);
  logged.leaveOutOthers(body, readFields);
  if (isRecord(body.reasoning)) logged.leaveOutOthers(body.reasoning, ['effort'], 'reasoning.');
  if (isRecord(body.text)) logged.leaveOutOthers(body.text, ['format'], 'text.');
  return {
    model: toText(body.model),
    system: logged.system,
    messages: logged.messages,
    parameters: readLoggedParameters(body, {
      maxTokens: body.max_output_tokens,
      effort: getMember(body.reasoning, 'effort'),
    }),
    tools: toList(body.tools).flatMap((tool, index) => readTool(logged, tool, `tools[${index}]`)),
    responseFormat: readFormat(getMember(body.text, 'format')),
    isStreamed: body.stream === true,
    leftOut: logged.leftOut,
  };
}

function addItem(logged: LoggedMessages, item: unknown, path: string): void {
  const callId = toText(getMember(item, 'call_id'));
  switch (getMember(item, 'type') ?? 'message') {
    case 'message':
      addMessage(logged, item, path);
      break;
    case 'function_call': {
      const argumentsText = toText(getMember(item, 'arguments'));
      logged.addToolCall({ id: callId, name: toText(getMember(item, 'name')), argumentsText });
      break;
    }
    case 'function_call_output': {
      const { text, images } = logged.readParts(getMember(item, 'output'), `${path}.output`, readPart);
      if (images.length > 0) logged.leftOut.push(`${path}.output`);
      logged.addToolResult(callId, text);
      break;
    }
    default:
      logged.leftOut.push(path);
  }
}

function addMessage(logged: LoggedMessages, item: unknown, path: string): void {
  const content = logged.readParts(getMember(item, 'content'), `${path}.content`, readPart);
  switch (getMember(item, 'role')) {
    case 'system':
    case 'developer':
      logged.addSystem(content.text);
      break;
    case 'user':
      logged.addUser(content);
      break;
    case 'assistant':
      logged.addAssistant({ text: content.text });
      break;
    default:
      logged.leftOut.push(path);
  }
}

function readPart(part: unknown): string | AttachedImage | undefined {
  const type = toText(getMember(part, 'type'));
  if (['input_text', 'output_text', 'text'].includes(type)) return toText(getMember(part, 'text'));
  if (type === 'refusal') return toText(getMember(part, 'refusal'));
  const url = toText(getMember(part, 'image_url'));
  return type === 'input_image' && url !== '' ? createImage('image', url) : undefined;
}

function readTool(logged: LoggedMessages, tool: unknown, path: string): ChatTool[] {
  if (isRecord(tool)) {
    const { type, ...definition } = tool;
    const chatTool = { type, function: definition };
    if (isChatTool(chatTool)) return [chatTool];
  }
  logged.leftOut.push(path);
  return [];
}

function readFormat(format: unknown): JsonRecord | undefined {
  if (!isRecord(format) || format.type === 'text') return undefined;
  const { type, ...schema } = format;
  return type === 'json_schema' ? { type, json_schema: schema } : format;
}
