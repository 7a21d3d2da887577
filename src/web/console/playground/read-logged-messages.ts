import type { ChatTool } from './chat-api-types.ts';
import { type AttachedImage, createImage } from './conversation.ts';
import { wrapSchema } from './json-fields.ts';
import { getMember, isRecord, type JsonRecord, toList, toText } from './json-value.ts';
import { type LoggedConversation, LoggedMessages } from './logged-conversation.ts';
import { readLoggedParameters } from './read-logged-parameters.ts';

const readFields = [
  ...['model', 'messages', 'system', 'max_tokens', 'temperature', 'top_p', 'stop_sequences', 'tools', 'stream'],
  'output_config',
];

/** Reads the body of `POST /v1/messages`. */
export function readLoggedMessages(body: JsonRecord): LoggedConversation {
  const logged = new LoggedMessages();
  logged.addSystem(logged.readParts(body.system, 'system', readPart).text);
  for (const [index, message] of toList(body.messages).entries()) addMessage(logged, message, `messages[${index}]`);
  logged.leaveOutOthers(body, readFields);
  const schema = getMember(getMember(body.output_config, 'format'), 'schema');
  return {
    model: toText(body.model),
    system: logged.system,
    messages: logged.messages,
    parameters: readLoggedParameters(body, {
      maxTokens: body.max_tokens,
      effort: getMember(body.output_config, 'effort'),
      stop: body.stop_sequences,
    }),
    tools: toList(body.tools).flatMap((tool, index) => readTool(logged, tool, `tools[${index}]`)),
    responseFormat: isRecord(schema) ? wrapSchema(schema) : undefined,
    isStreamed: body.stream === true,
    leftOut: logged.leftOut,
  };
}

function addMessage(logged: LoggedMessages, message: unknown, path: string): void {
  const content = getMember(message, 'content');
  const blocks = toList(content);
  if (getMember(message, 'role') === 'assistant') {
    const { text } = logged.readParts(typeof content === 'string' ? content : blocks, `${path}.content`, readReplyPart);
    logged.addAssistant({ text });
    for (const block of blocks) if (getMember(block, 'type') === 'tool_use') logged.addToolCall(readCall(block));
    return;
  }
  for (const [index, block] of blocks.entries()) {
    if (getMember(block, 'type') !== 'tool_result') continue;
    const result = logged.readParts(getMember(block, 'content'), `${path}.content[${index}].content`, readPart);
    logged.addToolResult(toText(getMember(block, 'tool_use_id')), result.text);
    if (result.images.length > 0) logged.leftOut.push(`${path}.content[${index}].content`);
  }
  const others = (block: unknown) => (getMember(block, 'type') === 'tool_result' ? '' : readPart(block));
  logged.addUser(logged.readParts(content, `${path}.content`, others));
}

function readCall(block: unknown) {
  return {
    id: toText(getMember(block, 'id')),
    name: toText(getMember(block, 'name')),
    argumentsText: JSON.stringify(getMember(block, 'input') ?? {}),
  };
}

/** Calls are read by themselves. */
function readReplyPart(block: unknown): string | AttachedImage | undefined {
  return getMember(block, 'type') === 'tool_use' ? '' : readPart(block);
}

function readPart(block: unknown): string | AttachedImage | undefined {
  const type = getMember(block, 'type');
  if (type === 'text') return toText(getMember(block, 'text'));
  return type === 'image' ? readImageSource(getMember(block, 'source')) : undefined;
}

function readImageSource(source: unknown): AttachedImage | undefined {
  const url = toText(getMember(source, 'url'));
  if (url !== '') return createImage('image', url);
  const mimeType = toText(getMember(source, 'media_type'));
  const data = toText(getMember(source, 'data'));
  return data === '' ? undefined : createImage('image', `data:${mimeType};base64,${data}`);
}

/** Tools that the vendor runs itself have a type, and no schema. */
function readTool(logged: LoggedMessages, tool: unknown, path: string): ChatTool[] {
  const name = toText(getMember(tool, 'name'));
  const parameters = getMember(tool, 'input_schema');
  const description = getMember(tool, 'description');
  if (name !== '' && isRecord(parameters)) {
    const isDescribed = typeof description === 'string';
    return [{ type: 'function', function: { name, ...(isDescribed && { description }), parameters } }];
  }
  logged.leftOut.push(path);
  return [];
}
