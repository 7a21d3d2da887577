import type { ChatBody, ChatContentPart, ChatMessage } from './chat-api-types.ts';
import { Call, formatText, formatTypeScript } from './format-literal.ts';
import { getMember, isRecord, type JsonRecord, parseJsonText } from './json-value.ts';
import { splitDataUrl } from './map-to-anthropic-messages.ts';
import { keyExpression } from './write-openai-code.ts';

/** Writes a module of TypeScript that sends a request with the AI SDK. */
export function writeAiSdk(baseUrl: string, body: ChatBody): string {
  const imports = [
    ...(body.tools || findSchema(body) ? ['jsonSchema'] : []),
    ...(body.response_format ? ['Output'] : []),
    body.stream ? 'streamText' : 'generateText',
    ...(body.tools ? ['tool'] : []),
  ];
  return `import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { ${imports.join(', ')} } from "ai";

const gateway = createOpenAICompatible({
  name: "gateway",
  baseURL: ${formatText(`${baseUrl}/v1`)},
  apiKey: ${keyExpression},
  includeUsage: true,
  supportsStructuredOutputs: true,
});

${writeCall(body)}`;
}

function writeCall(body: ChatBody): string {
  const settings = formatTypeScript(mapSettings(body));
  const printCalls = body.tools ? `console.log(${body.stream ? 'await ' : ''}result.toolCalls);\n` : '';
  if (!body.stream) return `const result = await generateText(${settings});\nconsole.log(result.text);\n${printCalls}`;
  return `const result = streamText(${settings});
for await (const text of result.textStream) process.stdout.write(text);
${printCalls}`;
}

function mapSettings(body: ChatBody): JsonRecord {
  const system = body.messages.flatMap((message) => (message.role === 'system' ? [message.content] : []));
  const { reasoning_effort: reasoningEffort } = body;
  return {
    model: new Call('gateway', body.model),
    instructions: system.length === 0 ? undefined : system.join('\n\n'),
    messages: body.messages.flatMap((message) => mapMessage(message, body.messages)),
    temperature: body.temperature,
    topP: body.top_p,
    maxOutputTokens: body.max_tokens ?? body.max_completion_tokens,
    stopSequences: body.stop,
    seed: body.seed,
    tools: body.tools && Object.fromEntries(body.tools.map(mapTool)),
    output: mapOutput(body),
    providerOptions: reasoningEffort === undefined ? undefined : { gateway: { reasoningEffort } },
  };
}

function mapMessage(message: ChatMessage, messages: readonly ChatMessage[]): JsonRecord[] {
  switch (message.role) {
    case 'system':
      return [];
    case 'user': {
      const { content } = message;
      return [{ role: 'user', content: typeof content === 'string' ? content : content.map(mapPart) }];
    }
    case 'assistant': {
      const { content, tool_calls = [] } = message;
      const calls = tool_calls.map(({ id, function: { name, arguments: json } }) => ({
        type: 'tool-call',
        toolCallId: id,
        toolName: name,
        input: parseJsonText(json) ?? {},
      }));
      if (calls.length === 0) return [{ role: 'assistant', content: content ?? '' }];
      return [{ role: 'assistant', content: [...(content ? [{ type: 'text', text: content }] : []), ...calls] }];
    }
    case 'tool': {
      const { tool_call_id: toolCallId, content } = message;
      const output = { type: 'text', value: content };
      const toolName = findToolName(messages, toolCallId);
      return [{ role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output }] }];
    }
  }
}

function findToolName(messages: readonly ChatMessage[], callId: string): string {
  const calls = messages.flatMap((message) => (message.role === 'assistant' ? (message.tool_calls ?? []) : []));
  return calls.find(({ id }) => id === callId)?.function.name ?? '';
}

function mapPart(part: ChatContentPart): JsonRecord {
  if (part.type === 'text') return { type: 'text', text: part.text };
  const { url } = part.image_url;
  const data = splitDataUrl(url);
  if (!data) return { type: 'file', mediaType: 'image', data: new Call('new URL', url) };
  return { type: 'file', mediaType: data.mimeType, data: data.base64 };
}

function mapTool({ function: definition }: NonNullable<ChatBody['tools']>[number]): [name: string, tool: Call] {
  const { name, description, parameters } = definition;
  const inputSchema = new Call('jsonSchema', isRecord(parameters) ? parameters : { type: 'object' });
  const text = typeof description === 'string' ? description : undefined;
  return [name, new Call('tool', { description: text, inputSchema })];
}

function mapOutput(body: ChatBody): Call | undefined {
  if (!body.response_format) return undefined;
  const schema = findSchema(body);
  return schema ? new Call('Output.object', { schema: new Call('jsonSchema', schema) }) : new Call('Output.json');
}

function findSchema({ response_format: format }: ChatBody): JsonRecord | undefined {
  const schema = getMember(getMember(format, 'json_schema'), 'schema');
  return isRecord(schema) ? schema : undefined;
}
