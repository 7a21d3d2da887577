import { quoteShell } from '../app/quote-shell.ts';
import type { ChatBody } from './chat-api-types.ts';
import { formatJson, formatPython, formatText, formatTypeScript } from './format-literal.ts';

/** The environment variable with the API key in all code. The key itself is never in it. */
const keyVariable = 'GATEWAY_API_KEY';

/** The API key in TypeScript. */
export const keyExpression = `process.env.${keyVariable}`;

/** Systems have a maximum for one argument, which is 128 KiB on Linux. */
const maxArgumentLength = 100_000;

/** Writes a command of a POSIX shell that sends a request with curl. */
export function writeCurl(baseUrl: string, body: ChatBody): string {
  const json = formatJson(body);
  const isLong = json.length > maxArgumentLength;
  return [
    `curl ${body.stream ? '-sSN' : '-sS'} ${quoteShell(`${baseUrl}/v1/chat/completions`)}`,
    `-H "Authorization: Bearer $${keyVariable}"`,
    `-H 'Content-Type: application/json'`,
    // No line of the JSON is the word that ends it.
    isLong ? `-d @- <<'END_OF_BODY'\n${json}\nEND_OF_BODY` : `-d ${quoteShell(json)}`,
  ].join(' \\\n  ');
}

/** Writes a module of TypeScript that sends a request with the package openai. */
export function writeOpenAiTypeScript(baseUrl: string, body: ChatBody): string {
  const call = `await client.chat.completions.create(${formatTypeScript(body)})`;
  return `import OpenAI from "openai";

const client = new OpenAI({
  baseURL: ${formatText(`${baseUrl}/v1`)},
  apiKey: ${keyExpression},
});

${body.stream ? writeStream(call, body) : `const completion = ${call};\nconsole.log(completion.choices[0]?.message);\n`}`;
}

function writeStream(call: string, { tools }: ChatBody): string {
  const printCalls = tools ? '\n  if (delta?.tool_calls) console.log(JSON.stringify(delta.tool_calls));' : '';
  return `const stream = ${call};
for await (const chunk of stream) {
  const delta = chunk.choices[0]?.delta;
  process.stdout.write(delta?.content ?? "");${printCalls}
}
`;
}

/** Writes a program of Python that sends a request with the package openai. */
export function writeOpenAiPython(baseUrl: string, body: ChatBody): string {
  const fields = Object.entries(body).map(([name, value]) => `    ${name}=${formatPython(value, '    ')},\n`);
  const call = `client.chat.completions.create(\n${fields.join('')})`;
  return `import os

from openai import OpenAI

client = OpenAI(
    base_url=${formatText(`${baseUrl}/v1`)},
    api_key=os.environ["${keyVariable}"],
)

${body.stream ? writePythonStream(call) : `completion = ${call}\nprint(completion.choices[0].message)\n`}`;
}

function writePythonStream(call: string): string {
  return `stream = ${call}
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
`;
}
