import { describe, expect, it } from 'vitest';
import { createProvider } from '../../../../src/providers/create-provider.ts';
import type { ProviderOptions } from '../../../../src/providers/provider.ts';
import { getDescriptor, providerOptions } from '../../../support/provider-options.ts';
import { captureFetch } from '../capture-fetch.ts';

const { signal } = new AbortController();

/** Asks a vendor for its models, whose reply is `reply`. Returns the names and what was sent. */
async function list(vendor: string, reply: unknown, options: Partial<ProviderOptions> = {}) {
  const { fetch, sent } = captureFetch(() => (reply instanceof Response ? reply : Response.json(reply)));
  const descriptor = getDescriptor(vendor);
  const baseUrl = descriptor.baseUrl ?? 'http://localhost:8000/v1';
  const provider = createProvider(providerOptions(descriptor, { apiKey: 'vendor-key', baseUrl, fetch, ...options }));
  return { sent, names: await provider.listModels?.(signal) };
}

const models = (...ids: unknown[]) => ({ object: 'list', data: ids.map((id) => ({ id, object: 'model' })) });

/** A body of this many bytes that is JSON as far as it goes. */
function longBody(size: number): Response {
  const piece = new TextEncoder().encode('{"id":"model-0123456789"},'.repeat(4096));
  let sent = 0;
  return new Response(
    new ReadableStream({
      pull(controller) {
        if (sent === 0) controller.enqueue(new TextEncoder().encode('{"data":['));
        sent += piece.length;
        if (sent > size) controller.close();
        else controller.enqueue(piece.slice());
      },
    }),
  );
}

describe('a vendor’s list of models', () => {
  it('is read from /models with its key', async () => {
    const { names, sent } = await list('groq', models('llama-3.3-70b-versatile', 'openai/gpt-oss-120b'));
    expect(names).toEqual(['llama-3.3-70b-versatile', 'openai/gpt-oss-120b']);
    expect(sent).toMatchObject([{ url: 'https://api.groq.com/openai/v1/models', method: 'GET' }]);
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer vendor-key');
  });

  it('may be a list without an object around it, or have models/ before each name', async () => {
    expect((await list('together', [{ id: 'meta-llama/Llama-3.3' }])).names).toEqual(['meta-llama/Llama-3.3']);
    expect((await list('gemini', models('models/gemini-3.5-flash'))).names).toEqual(['gemini-3.5-flash']);
  });

  const mixed = {
    data: [
      { id: 'mistral-large-latest', owned_by: 'mistralai' },
      { id: 'ft:open-mistral-7b:daf5e488:20240430:c1bed559', owned_by: 'mistralai' },
      { id: 'tuned', owned_by: 'mistralai', type: 'fine-tuned' },
      { id: 'ours', owned_by: 'organization-owner' },
      { id: 'mine', owned_by: 'user-abc' },
    ],
  };

  it('has only public models with the operator’s key, and all with a tenant’s own', async () => {
    expect((await list('mistral', mixed)).names).toEqual(['mistral-large-latest']);
    expect((await list('mistral', mixed, { isByok: true })).names).toHaveLength(5);
    const accounts = models('accounts/fireworks/models/glm-5', 'accounts/acme/models/secret');
    expect((await list('fireworks', accounts)).names).toEqual(['accounts/fireworks/models/glm-5']);
  });

  it('has every model of a server without keys, which knows no accounts', async () => {
    const local = { data: [{ id: 'qwen3-8b', owned_by: 'organization_owner' }] };
    expect((await list('lmstudio', local, { apiKey: undefined })).names).toEqual(['qwen3-8b']);
  });

  it('has at most 300 names, each once', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `model-${index}`);
    const { names } = await list('openrouter', models('model-0', ...ids));
    expect(names).toEqual(ids.slice(0, 300));
  });

  it('skips what is no name', async () => {
    const ids = [null, 7, '', {}, ['a'], 'a\nb', 'ключ', 'a b', 'x'.repeat(257), '__proto__', 'good'];
    expect((await list('groq', models(...ids))).names).toEqual(['__proto__', 'good']);
    for (const reply of [null, 'text', 7, {}, { data: {} }, { data: [null, 'a', [[]]] }]) {
      expect((await list('groq', reply)).names).toEqual([]);
    }
  });

  it('is refused where it is no JSON, nested too deep or longer than 2 MiB', async () => {
    await expect(list('groq', new Response('<html>'))).rejects.toThrow('is not valid JSON');
    await expect(list('groq', new Response('['.repeat(100_000)))).rejects.toThrow('is nested more than');
    await expect(list('groq', longBody(10 * 2 ** 20))).rejects.toThrow('its list of models is too long');
  });

  it('rejects with the error of the vendor', async () => {
    const refusal = Response.json({ error: { message: 'no' } }, { status: 401 });
    await expect(list('groq', refusal)).rejects.toMatchObject({ code: 'provider_error' });
  });

  it.each(['azure-openai', 'perplexity'])('is not asked for at %s', async (vendor) => {
    expect((await list(vendor, models('a'))).names).toBeUndefined();
  });
});
