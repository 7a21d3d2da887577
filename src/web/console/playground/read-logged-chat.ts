import { type AttachedImage, createImage } from './conversation.ts';
import { isChatTool } from './json-fields.ts';
import { getMember, isRecord, type JsonRecord, toList, toText } from './json-value.ts';
import { type LoggedConversation, LoggedMessages } from './logged-conversation.ts';
import { readLoggedParameters } from './read-logged-parameters.ts';

const readFields = [
  ...['model', 'messages', 'temperature', 'top_p', 'max_tokens', 'max_completion_tokens', 'reasoning_effort', 'stop'],
  ...['seed', 'tools', 'response_format', 'stream', 'stream_options'],
];

/** Reads the body of `POST /v1/chat/completions`. */
export function readLoggedChat(body: JsonRecord): LoggedConversation {
  const logged = new LoggedMessages();
  for (const [index, message] of toList(body.messages).entries()) addMessage(logged, message, `messages[${index}]`);
  logged.leaveOutOthers(body, readFields);
  const tools = toList(body.tools);
  for (const [index, tool] of tools.entries()) if (!isChatTool(tool)) logged.leftOut.push(`tools[${index}]`);
  return {
    model: toText(body.model),
    system: logged.system,
    messages: logged.messages,
    parameters: readLoggedParameters(body, {
      maxTokens: body.max_completion_tokens ?? body.max_tokens,
      effort: body.reasoning_effort,
      stop: body.stop,
      seed: body.seed,
    }),
    tools: tools.filter(isChatTool),
    responseFormat:
      isRecord(body.response_format) && body.response_format.type !== 'text' ? body.response_format : undefined,
    isStreamed: body.stream === true,
    leftOut: logged.leftOut,
  };
}

function addMessage(logged: LoggedMessages, message: unknown, path: string): void {
  const content = logged.readParts(getMember(message, 'content'), `${path}.content`, readPart);
  switch (getMember(message, 'role')) {
    case 'system':
    case 'developer':
      logged.addSystem(content.text);
      break;
    case 'user':
      logged.addUser(content);
      break;
    case 'tool':
      logged.addToolResult(toText(getMember(message, 'tool_call_id')), content.text);
      break;
    case 'assistant':
      addAssistant(logged, message, content.text);
      break;
    default:
      logged.leftOut.push(path);
  }
}

function addAssistant(logged: LoggedMessages, message: unknown, text: string): void {
  logged.addAssistant({
    text,
    reasoning: toText(getMember(message, 'reasoning_content')),
    reasoningDetails: toList(getMember(message, 'reasoning_details')),
  });
  for (const call of toList(getMember(message, 'tool_calls'))) {
    const source = getMember(call, 'function');
    const extraContent = getMember(call, 'extra_content');
    logged.addToolCall({
      id: toText(getMember(call, 'id')),
      name: toText(getMember(source, 'name')),
      argumentsText: toText(getMember(source, 'arguments')),
      ...(extraContent !== undefined && { extraContent }),
    });
  }
}

function readPart(part: unknown): string | AttachedImage | undefined {
  const type = getMember(part, 'type');
  if (type === 'text') return toText(getMember(part, 'text'));
  const url = toText(getMember(getMember(part, 'image_url'), 'url'));
  return type === 'image_url' && url !== '' ? createImage('image', url) : undefined;
}
