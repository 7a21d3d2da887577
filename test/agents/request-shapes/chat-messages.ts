import { createPrompt, imageBase64, type Turn, words } from './agent-request.ts';

interface ChatToolCall {
  readonly name: string;
  readonly input: object;
}

/** How an agent of OpenAI's protocol writes its messages. */
export interface ChatStyle {
  readonly shell: ChatToolCall;
  readonly readImage: ChatToolCall;
  /** A text, or a list of parts. */
  readonly writeUser: (texts: readonly string[]) => unknown;
  /** Absent: null beside tool calls. */
  readonly assistantText?: string;
  /** The result that stands for an image, and the user's message that follows it. */
  readonly image: { readonly result: string; readonly caption?: string };
  /** Fields of every message but the results. */
  readonly messageFields?: object;
  readonly systemRole?: 'system' | 'developer';
}

/** The messages of a turn. */
export function createChatMessages(turn: Turn, style: ChatStyle): object[] {
  const { step } = turn;
  const { shell, readImage, writeUser, image, messageFields, systemRole = 'system' } = style;
  const prompt = createPrompt(turn, shell.name, shell.input);
  const messages: object[] = [
    { role: systemRole, content: words.system, ...messageFields },
    { role: 'user', content: writeUser([words.reminder, prompt]), ...messageFields },
  ];
  if (step === 'prompt') return messages;
  const call = step === 'image' ? readImage : shell;
  const id = `call_${call.name}_0`;
  messages.push(
    {
      role: 'assistant',
      content: style.assistantText ?? null,
      tool_calls: [{ id, type: 'function', function: { name: call.name, arguments: JSON.stringify(call.input) } }],
      ...messageFields,
    },
    { role: 'tool', tool_call_id: id, content: step === 'image' ? image.result : words.commandOutput },
  );
  if (step === 'image') {
    messages.push({
      role: 'user',
      content: [
        ...(image.caption === undefined ? [] : [{ type: 'text', text: image.caption }]),
        { type: 'image_url', image_url: { url: `data:image/png;base64,${imageBase64}` } },
      ],
    });
  }
  if (step === 'next prompt') {
    messages.push(
      { role: 'assistant', content: words.explanation, ...messageFields },
      { role: 'user', content: writeUser([words.nextPrompt]), ...messageFields },
    );
  }
  return messages;
}

/** A tool of one required text. */
export function createChatTool(name: string, property: string, fields: object = {}): object {
  const parameters = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: { [property]: { type: 'string', description: 'What it is about' } },
    required: [property],
    additionalProperties: false,
  };
  return { type: 'function', function: { name, description: 'A tool.', parameters, ...fields } };
}
