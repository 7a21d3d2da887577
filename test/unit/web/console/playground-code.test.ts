import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { transform } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ChatBody } from '../../../../src/web/console/playground/chat-api-types.ts';
import { formatPython, formatTypeScript } from '../../../../src/web/console/playground/format-literal.ts';
import { mapToAnthropicMessages } from '../../../../src/web/console/playground/map-to-anthropic-messages.ts';
import { writeAiSdk } from '../../../../src/web/console/playground/write-ai-sdk-code.ts';
import { writeAnthropicTypeScript } from '../../../../src/web/console/playground/write-anthropic-code.ts';
import {
  writeCurl,
  writeOpenAiPython,
  writeOpenAiTypeScript,
} from '../../../../src/web/console/playground/write-openai-code.ts';

const baseUrl = 'https://gateway.example.com';
/** What breaks out of literals that are not quoted well. */
const hostile = `It's "quoted" \\ \${process.exit(1)} $(exit 1) \`exit 1\` %s {x} ''' """ # -- \u2028\u202e\u0000\r\n\tEND_OF_BODY\nend é 漢字 😀 \ud800`;
const pixel = 'data:image/png;base64,iVBORw0KGgo=';

const fullBody: ChatBody = {
  model: `a model's "name"`,
  messages: [
    { role: 'system', content: hostile },
    {
      role: 'user',
      content: [
        { type: 'text', text: hostile },
        { type: 'image_url', image_url: { url: pixel } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'find', arguments: '{"city":"Rome"}' } }],
    },
    { role: 'tool', tool_call_id: 'call_1', content: hostile },
  ],
  temperature: 0.5,
  top_p: 1,
  max_tokens: 100,
  reasoning_effort: 'low',
  stop: [hostile, '\n'],
  seed: -7,
  tools: [
    {
      type: 'function',
      function: {
        name: 'find',
        description: hostile,
        parameters: JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"},"a-b":{"const":null}}}'),
      },
    },
  ],
  response_format: { type: 'json_schema', json_schema: { name: 'reply', schema: { type: 'object', x: true } } },
  stream: true,
  stream_options: { include_usage: true },
};
const { stream: _, stream_options: __, ...wholeBody } = fullBody;
const bodies = [fullBody, wholeBody];

/** Runs a command in `sh` with a curl that prints its arguments and what it reads. */
function runWithFakeCurl(command: string): { args: string[]; input: string } {
  const folder = mkdtempSync(join(tmpdir(), 'playground-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const script = `#!${process.execPath}
const input = process.argv.includes('@-') ? require('node:fs').readFileSync(0, 'utf8') : '';
process.stdout.write(JSON.stringify({ args: process.argv.slice(2), input }));`;
  writeFileSync(join(folder, 'curl'), script);
  chmodSync(join(folder, 'curl'), 0o755);
  writeFileSync(join(folder, 'command'), command);
  const env = { PATH: `${folder}:${process.env.PATH}`, GATEWAY_API_KEY: 'key' };
  const { status, stdout, stderr } = spawnSync('sh', [join(folder, 'command')], { env, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('the code for curl', () => {
  test.each(bodies)('sends the same body through sh', (body) => {
    const { args } = runWithFakeCurl(writeCurl(baseUrl, body));
    expect(args).toContain(`${baseUrl}/v1/chat/completions`);
    expect(args).toContain('Authorization: Bearer key');
    expect(JSON.parse(args.at(-1) ?? '')).toEqual(body);
  });

  test('sends a body that is longer than an argument may be', () => {
    const body = { model: 'm', messages: [{ role: 'user' as const, content: `${hostile}\n`.repeat(2_000) }] };
    expect(JSON.parse(runWithFakeCurl(writeCurl(baseUrl, body)).input)).toEqual(body);
  });
});

test.each([
  ['openai', writeOpenAiTypeScript],
  ['@anthropic-ai/sdk', writeAnthropicTypeScript],
  ['the AI SDK', writeAiSdk],
])('the TypeScript for %s parses, has the base URL and no invisible characters', async (_name, write) => {
  for (const body of bodies) {
    const code = write(baseUrl, body);
    await transform(code, { loader: 'ts' });
    expect(code).toContain(`baseURL: "${baseUrl}`);
    expect(code).toContain('apiKey: process.env.GATEWAY_API_KEY');
    expect(code).not.toMatch(/[\u2028\u202e]/);
  }
});

test('a literal of TypeScript has the value', () => {
  fc.assert(
    fc.property(fc.json(), fc.string({ unit: 'binary' }), (json, text) => {
      const value = { value: JSON.parse(json), [text]: text };
      const evaluated: unknown = runInNewContext(`(${formatTypeScript(value)})`);
      expect(JSON.parse(JSON.stringify(evaluated))).toEqual(value);
    }),
  );
  const withPrototype: unknown = JSON.parse('{"__proto__":{"x":1}}');
  expect(runInNewContext(`JSON.stringify(${formatTypeScript(withPrototype)})`)).toBe('{"__proto__":{"x":1}}');
});

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('SKIPPED: there is no python3.');

function runPython(program: string, input: string): string {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

describe.runIf(hasPython)('the Python for openai', () => {
  test.each(bodies)('compiles', (body) => {
    const code = writeOpenAiPython(baseUrl, body);
    runPython('import sys; compile(sys.stdin.buffer.read(), "code", "exec")', code);
    expect(code).toContain(`base_url="${baseUrl}/v1"`);
    expect(code).toContain('api_key=os.environ["GATEWAY_API_KEY"]');
  });

  test('has literals with the value', () => {
    const samples = fc.sample(fc.tuple(fc.json(), fc.string({ unit: 'grapheme' })), 100);
    const values: unknown[] = [hostile, ...samples.flatMap(([json, text]) => [JSON.parse(json), text])];
    const program = 'import ast, json, sys; print(json.dumps(ast.literal_eval(sys.stdin.buffer.read().decode())))';
    expect(JSON.parse(runPython(program, formatPython(values)))).toEqual(values);
  });
});

describe('the same request of the Messages API', () => {
  test('has system, images, calls and results in its own form', () => {
    const { body, leftOut } = mapToAnthropicMessages(fullBody);
    expect(body).toEqual({
      model: fullBody.model,
      max_tokens: 100,
      system: hostile,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: hostile },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
          ],
        },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'find', input: { city: 'Rome' } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: hostile }] },
      ],
      temperature: 0.5,
      top_p: 1,
      stop_sequences: [hostile, '\n'],
      tools: [{ name: 'find', description: hostile, input_schema: fullBody.tools?.[0]?.function.parameters }],
      output_config: { effort: 'low', format: { type: 'json_schema', schema: { type: 'object', x: true } } },
    });
    expect(leftOut).toEqual(['seed']);
  });

  test('joins the result of a tool and the message behind it, and names what it has no field for', () => {
    const { body, leftOut } = mapToAnthropicMessages({
      model: 'm',
      reasoning_effort: 'minimal',
      response_format: { type: 'json_object' },
      messages: [
        { role: 'tool', tool_call_id: 'a', content: '1' },
        { role: 'tool', tool_call_id: 'b', content: '2' },
        { role: 'user', content: 'Go on' },
      ],
    });
    expect(body.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: '1' },
          { type: 'tool_result', tool_use_id: 'b', content: '2' },
          { type: 'text', text: 'Go on' },
        ],
      },
    ]);
    expect(body.max_tokens).toBe(4096);
    expect(leftOut).toEqual(['reasoning_effort', 'response_format']);
  });
});
