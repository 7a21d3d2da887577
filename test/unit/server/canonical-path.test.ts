import { describe, expect, it } from 'vitest';
import { createPathReader } from '../../../src/server/canonical-path.ts';

const routePaths = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/embeddings',
  '/v1/models',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1beta/models',
  '/v1beta/models/:call{.+:generateContent}',
  '/v1beta/models/:call{.+:countTokens}',
  '/openai/deployments/:model/chat/completions',
  '/openai/deployments/:model/embeddings',
  '/api/jobs',
  '/stream',
];
const readPath = createPathReader(routePaths, ['images']);
const pathOf = (path: string) => readPath({ url: `http://gateway.test${path}` } as Request);

const tails = [
  '/chat/completions',
  '/responses',
  '/responses/resp_1/input_items',
  '/embeddings',
  '/models',
  '/models/openai/gpt-4o',
  '/messages',
  '/messages/count_tokens',
  '/images/generations',
];

describe.each([
  '/v1',
  '',
  '/v1/v1',
  '/v1/v1/v1',
  '/openai/v1',
  '/openai',
  '/v1/openai',
  '//v1',
  '//v1//v1',
  '/v1/openai/v1',
])('the base URL with %s', (base) => {
  it.each(tails)('leads to /v1%s', (tail) => {
    for (const end of ['', '/', '//', '/?api-version=1&x=//'])
      expect(pathOf(`${base}${tail}${end}`)).toBe(`/v1${tail}`);
    expect(pathOf(`${base}${tail.replaceAll('/', '//')}`)).toBe(`/v1${tail}`);
  });
});

it.each([
  ['/', '/'],
  ['//', '/'],
  ['/api/jobs', '/api/jobs'],
  ['//api//jobs///', '/api/jobs'],
  ['/api/jobs/job_1/', '/api/jobs/job_1'],
  ['/api/chat/completions', '/api/chat/completions'],
  ['/stream/', '/stream'],
  ['/graphql/', '/graphql'],
  ['/nowhere', '/nowhere'],
  ['/v1', '/v1'],
  ['/v1/', '/v1'],
  ['/v1beta/models', '/v1beta/models'],
  ['/v11/chat/completions', '/v11/chat/completions'],
  ['/openai-docs', '/openai-docs'],
  ['/modelsx', '/modelsx'],
  ['/v1/models/v1/openai', '/v1/models/v1/openai'],
  ['/docs/0a1b/docs.js', '/docs/0a1b/docs.js'],
])('reads %s as %s', (path, canonical) => {
  expect(pathOf(path)).toBe(canonical);
});

describe('a deployment', () => {
  it.each([
    '/openai/deployments',
    '/deployments',
    '/v1/deployments',
    '/openai/v1/deployments',
    '//openai//deployments/',
  ])('is found below %s', (base) => {
    expect(pathOf(`${base}/gpt-4o/chat/completions/`)).toBe('/openai/deployments/gpt-4o/chat/completions');
  });

  it.each([
    ['claude/claude-haiku-4-5', 'claude%2Fclaude-haiku-4-5'],
    ['claude%2Fclaude-haiku-4-5', 'claude%2Fclaude-haiku-4-5'],
    ['openrouter/openai/gpt-4o', 'openrouter%2Fopenai%2Fgpt-4o'],
    ['chat/completions', 'chat%2Fcompletions'],
    ['embeddings', 'embeddings'],
  ])('keeps the model %s in one segment', (model, segment) => {
    expect(pathOf(`/openai/deployments/${model}/embeddings`)).toBe(`/openai/deployments/${segment}/embeddings`);
  });

  it.each([
    '/openai/deployments/chat/completions',
    '/openai/deployments//chat/completions',
    '/openai/deployments/x/audio/speech',
  ])('is not there without a model, or with another tail: %s', (path) => {
    expect(pathOf(path)).toBe(path.replace('//', '/'));
  });
});

/** What a router or a proxy may read in another way: it stays as it is, or is the same for routes and guards. */
it.each([
  ['/%61pi/jobs', '/api/jobs'],
  ['/api%2Fjobs', '/api%2Fjobs'],
  ['/%2Fapi/jobs', '/%2Fapi/jobs'],
  ['/v1%2Fchat/completions', '/v1%2Fchat/completions'],
  ['/v1/models/..%2F..%2Fapi%2Fjobs', '/v1/models/..%2F..%2Fapi%2Fjobs'],
  ['/%76%31/%76%31/models', '/v1/models'],
  ['/v1/%', '/v1/%'],
])('decodes %s to %s', (path, canonical) => {
  expect(pathOf(path)).toBe(canonical);
});

describe.each(['', '/v1beta', '/v1', '/v1alpha', '/v1beta/v1beta', '/v1/v1beta', '//v1beta'])(
  'the base URL of a Gemini client with %s',
  (base) => {
    it.each(['/models', '/tunedModels'])('leads to the methods of %s below /v1beta', (models) => {
      for (const model of ['stub', 'ollama/llama3.2', 'ollama/llama3.2:3b', 'ollama%2Fllama3.2']) {
        const expected = `/v1beta/models/${model}:generateContent`;
        expect(pathOf(`${base}${models}/${model}:generateContent`)).toBe(expected);
        expect(pathOf(`${base}${models}/${model}%3AgenerateContent/?alt=sse`)).toBe(expected);
      }
    });
  },
);

it.each([
  ['/v1beta/models', '/v1beta/models'],
  ['/v1alpha/models/stub', '/v1beta/models/stub'],
  ['/v1/v1beta/models', '/v1beta/models'],
  ['/v1/models', '/v1/models'],
  ['/models/stub', '/v1/models/stub'],
  ['/v1/models/stub:3b', '/v1/models/stub:3b'],
  ['/v1beta/openai/chat/completions', '/v1/chat/completions'],
  ['/v1beta/openai/models', '/v1/models'],
  ['/v1beta/files', '/v1beta/files'],
  ['/api/models/stub:generateContent', '/api/models/stub:generateContent'],
])('reads %s of a Gemini client as %s', (path, expected) => {
  expect(pathOf(path)).toBe(expected);
});
