import type { ChatBody } from './chat-api-types.ts';
import { formatText, formatTypeScript } from './format-literal.ts';
import { mapToAnthropicMessages } from './map-to-anthropic-messages.ts';
import { keyExpression } from './write-openai-code.ts';

/** Writes a module of TypeScript that sends a request with the package @anthropic-ai/sdk. */
export function writeAnthropicTypeScript(baseUrl: string, chatBody: ChatBody): string {
  const { body, leftOut } = mapToAnthropicMessages(chatBody);
  const comment = leftOut.length === 0 ? '' : `// Messages has no field for: ${leftOut.join(', ')}.\n`;
  const literal = formatTypeScript(body);
  return `import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({
  baseURL: ${formatText(baseUrl)},
  apiKey: ${keyExpression},
});

${comment}${chatBody.stream ? writeStream(literal, chatBody) : writeCall(literal)}`;
}

function writeCall(literal: string): string {
  return `const message = await client.messages.create(${literal});\nconsole.log(message.content);\n`;
}

function writeStream(literal: string, { tools }: ChatBody): string {
  return `const stream = client.messages.stream(${literal});
stream.on("text", (text) => process.stdout.write(text));
${tools ? 'const message = await stream.finalMessage();\nconsole.log(message.content);' : 'await stream.finalMessage();'}
`;
}
