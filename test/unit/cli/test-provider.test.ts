import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testProvider } from '../../../src/cli/test-provider.ts';
import { providerKeys } from '../../support/provider-server/known-models.ts';
import { type ProviderServer, startProviderServer } from '../../support/provider-server/provider-server.ts';

let providers: ProviderServer;
beforeAll(async () => {
  providers = await startProviderServer({ models: ['llama-3.3-70b-versatile'] });
});
afterAll(() => providers.close());

const groqAt = (baseUrl: string, apiKey: string = providerKeys.openai) => ({
  GROQ_API_KEY: apiKey,
  GROQ_BASE_URL: baseUrl,
});

describe('test-provider', () => {
  it('asks for the list of models, which it shows', async () => {
    const shown = await testProvider('groq', { variables: groqAt(providers.openAiBaseUrl) });
    expect(shown).toMatch(
      /^groq works: it lists \d+ models, such as .*llama-3\.3-70b-versatile.*, after \d+ ms \(http:/,
    );
    expect(providers.requests.at(-1)).toMatchObject({ method: 'GET', path: '/v1/models' });
  });

  it('asks a model for a few tokens where one is named, or where there is no list', async () => {
    const variables = {
      ...groqAt(providers.openAiBaseUrl),
      ANTHROPIC_API_KEY: providerKeys.anthropic,
      ANTHROPIC_BASE_URL: providers.anthropicBaseUrl,
      OLLAMA_URL: providers.ollamaUrl,
    };
    expect(await testProvider('groq', { variables, model: 'llama-3.3-70b-versatile' })).toMatch(
      /^groq works: llama-3\.3-70b-versatile answered, \d+ tokens in and \d+ out, after \d+ ms/,
    );
    expect(providers.requests.at(-1)?.body).toMatchObject({ max_tokens: 16 });
    expect(await testProvider('anthropic', { variables })).toMatch(/^claude works: claude-haiku-4-5 answered/);
    expect(await testProvider('ollama', { variables })).toMatch(/^ollama works: llama3\.2 answered/);
  });

  it('reads a list that is as long as OpenRouter’s', async () => {
    const data = Array.from({ length: 400 }, (_, index) => ({ id: `model-${index}`, description: 'x'.repeat(2_000) }));
    const variables = { OPENROUTER_API_KEY: 'key' };
    const shown = await testProvider('openrouter', { variables, fetch: async () => Response.json({ data }) });
    expect(shown).toMatch(/^openrouter works: it lists 300 models, such as model-0, /);
  });

  it('tests an entry of COMPATIBLE_PROVIDERS', async () => {
    const entry = { name: 'acme', baseUrl: providers.openAiBaseUrl, apiKeyVar: 'ACME_KEY' };
    const variables = { COMPATIBLE_PROVIDERS: JSON.stringify([entry]), ACME_KEY: providerKeys.openai };
    expect(await testProvider('acme', { variables })).toMatch(/^acme works/);
  });

  it.each([
    ['none', {}, 'There is no provider "none": use one of openai, claude'],
    ['groq', {}, 'groq is not configured: set GROQ_API_KEY.'],
    ['vllm', {}, 'vllm is not configured: set VLLM_BASE_URL.'],
    ['azure-openai', { AZURE_OPENAI_API_KEY: 'key' }, 'azure-openai is not configured: set AZURE_OPENAI_BASE_URL.'],
    [
      'azure-openai',
      { AZURE_OPENAI_API_KEY: 'key', AZURE_OPENAI_BASE_URL: 'https://acme.example.com/openai/v1' },
      'azure-openai lists no models and has no default: name a model with --model MODEL.',
    ],
  ])('says what is missing for %s with %j', async (name, variables, message) => {
    await expect(testProvider(name, { variables })).rejects.toThrow(message);
  });

  it('says which variable has a key that is refused', async () => {
    await expect(testProvider('groq', { variables: groqAt(providers.openAiBaseUrl, 'wrong') })).rejects.toThrow(
      "Groq refused this call's credentials (status 401). Set GROQ_API_KEY to a key of this vendor that is valid",
    );
  });

  it('says that the base URL is wrong where the path does not exist', async () => {
    await expect(testProvider('groq', { variables: groqAt(`${providers.url}/wrong`) })).rejects.toThrow(
      "Groq failed (status 404). Check GROQ_BASE_URL: it ends where the OpenAI client's base URL ends, usually in /v1.",
    );
  });

  it('says that the model is wrong where the vendor does not have it', async () => {
    const test = testProvider('groq', { variables: groqAt(providers.openAiBaseUrl), model: 'none' });
    await expect(test).rejects.toThrow(/none.*Name another model with --model MODEL\.$/);
  });

  it('says why a server cannot be reached', async () => {
    const closed = await startProviderServer();
    await closed.close();
    await expect(testProvider('groq', { variables: groqAt(closed.openAiBaseUrl) })).rejects.toThrow(
      /^groq could not be reached at http:.* \(ECONNREFUSED\): nothing listens there.* The URL is in GROQ_BASE_URL\.$/,
    );
    await expect(testProvider('groq', { variables: groqAt('http://no-such-host.invalid/v1') })).rejects.toThrow(
      /^groq could not be reached at .* \((?:ENOTFOUND|EAI_AGAIN)\): its host .* The URL is in GROQ_BASE_URL\.$/,
    );
  });

  it('says that http is not https', async () => {
    const plain = createServer((_, response) => response.end());
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const address = plain.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const test = testProvider('groq', { variables: groqAt(`https://127.0.0.1:${port}/v1`) });
    await expect(test).rejects.toThrow(/^groq could not be reached .*(?:SSL|TLS|ECONNRESET)/);
    plain.close();
  });

  it('runs from the command line without a database', () => {
    const run = (...args: string[]) =>
      spawnSync('node', ['src/cli/admin.ts', 'test-provider', ...args], {
        encoding: 'utf8',
        env: { ...process.env, GROQ_API_KEY: '', LOCAL_DATA_DIR: '/nonexistent' },
      });
    expect(run('groq')).toMatchObject({ status: 1, stderr: 'groq is not configured: set GROQ_API_KEY.\n' });
    expect(run().stderr).toContain('test-provider NAME [--model MODEL]');
    expect(run('stub')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^stub works/) });
  });
});
