import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { buildCurl, isChatPath } from '../../../../src/web/console/requests/build-curl.ts';

const origin = 'http://localhost:8080';

/** Runs a command in a real shell in which `curl` prints its arguments, and returns them. */
function readArguments(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}`;
  const output = execFileSync('sh', ['-c', script], { encoding: 'utf8', env: { GATEWAY_API_KEY: 'aia_test key' } });
  return output.split('\0').slice(0, -1);
}

const send = (path: string, body: string | null = null, model: string | null = 'stub') =>
  readArguments(buildCurl({ origin, path, model, body }));

describe('buildCurl', () => {
  it('has the method, the URL, the headers and the body, and takes the key from the environment', () => {
    expect(send('/v1/chat/completions', '{"model":"stub"}')).toEqual([
      '--request',
      'POST',
      'http://localhost:8080/v1/chat/completions',
      '--header',
      'Authorization: Bearer aia_test key',
      '--header',
      'content-type: application/json',
      '--data-raw',
      '{"model":"stub"}',
    ]);
  });

  it.each([
    "it's",
    '{"a": "line 1\\nline 2",\n  "b": "$HOME `id` \\\\ \\" !"}\n',
    "'; echo broken; '",
    '@/etc/passwd',
    'a\\\nb',
    '--next',
    'ünï 😀',
    '',
  ])('hands %j to curl unchanged', (body) => expect(send('/v1/messages', body).at(-1)).toBe(body));

  it.each([
    ['/v1/chat/completions', ['model', 'messages']],
    ['/api/chat/completions', ['model', 'messages']],
    ['/v1/messages', ['model', 'max_tokens', 'messages']],
    ['/v1/responses', ['model', 'input']],
    ['/v1/embeddings', ['model', 'input']],
    ['/v1/completions', ['model', 'prompt']],
    ['/api/jobs', ['model', 'input']],
    ['/v1beta/models/:generateContent', ['contents']],
  ])('makes a minimal body for %s', (path, fields) => {
    const body = JSON.parse(send(path).at(-1) ?? '');
    expect(Object.keys(body)).toEqual(fields);
  });

  it('converts the kept request of a job to a body of the route', () => {
    const content = [{ type: 'text', text: "it's" }];
    const kept = JSON.stringify({ model: 'stub', messages: [{ role: 'user', content }], maxTokens: 5 });
    expect(JSON.parse(send('/api/jobs', kept, 'my-route').at(-1) ?? '')).toEqual({
      model: 'my-route',
      messages: [{ role: 'user', content: "it's" }],
      maxTokens: 5,
    });
    for (const other of ['{"model":', '{}', 'null', '{"messages":[{"role":"user","content":"x"}]}']) {
      expect(JSON.parse(send('/api/jobs', other).at(-1) ?? '')).toEqual({ model: 'stub', input: 'Hello' });
    }
  });

  it('puts the model into a path that has it', () => {
    expect(send('/v1beta/models/:streamGenerateContent', null, 'gemini-x/$1')[2]).toBe(
      'http://localhost:8080/v1beta/models/gemini-x/$1:streamGenerateContent',
    );
    expect(send('/openai/deployments/:model/embeddings', null, "it's")[2]).toBe(
      "http://localhost:8080/openai/deployments/it's/embeddings",
    );
  });

  it('sends a form where the route takes one, and creates the job of GraphQL by REST', () => {
    expect(send('/v1/audio/transcriptions').slice(-4)).toEqual(['--form', 'model=stub', '--form', 'file=@audio.mp3']);
    expect(send('/graphql')[2]).toBe('http://localhost:8080/api/jobs');
  });
});

describe('isChatPath', () => {
  it.each(['/v1/chat/completions', '/v1/messages', '/v1/responses', '/stream', '/v1beta/models/:generateContent'])(
    'accepts %s',
    (path) => expect(isChatPath(path)).toBe(true),
  );

  it.each(['/v1/embeddings', '/v1/responses/compact', '/api/jobs', '/v1beta/models/:embedContent'])(
    'rejects %s',
    (path) => expect(isChatPath(path)).toBe(false),
  );
});
