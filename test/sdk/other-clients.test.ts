import { afterAll, expect, inject, test } from 'vitest';
import { aiSdkClients } from './ai-sdk-clients.ts';
import { langChainClients } from './langchain-clients.ts';
import { promptFor, providers, type SdkProvider } from './matrix-case.ts';
import { object } from './normal-form.ts';
import type { CountedText, OtherClient } from './other-client.ts';
import { Outcomes } from './outcomes.ts';

const gatewayUrl = inject('gatewayUrl');
const clients = [...aiSdkClients(gatewayUrl), ...langChainClients(gatewayUrl)];
const spokenText = 'Zwölf Boxkämpfer jagen Viktor quer über den Sylter Deich. 🥊';
const tools = [
  { name: 'get_weather', parameters: object({ city: { type: 'string' } }) },
  { name: 'get_time', parameters: object({ zone: { type: 'string' } }) },
];

const cases: Readonly<Record<string, (client: OtherClient, provider: SdkProvider) => Promise<void>>> = {
  text: async (client, provider) => {
    const { text, usage } = await client.text(provider.model, promptFor(provider, spokenText));
    expect(text.endsWith(spokenText), text).toBe(true);
    expect(usage.input).toBeGreaterThan(5);
    expect(usage.output).toBeGreaterThan(5);
  },
  stream: async (client, provider) => {
    const prompt = promptFor(provider, spokenText);
    const whole = await client.text(provider.model, prompt);
    const { pieces, ...streamed } = await client.stream(provider.model, prompt);
    expect(streamed).toEqual(client.name === 'langchain, anthropic' ? asLangChainCounts(whole, provider) : whole);
    expect(pieces).toBeGreaterThan(5);
  },
  tools: async (client, provider) => {
    const prompt = promptFor(provider, '[[tool:get_weather]] [[tool:get_time]] Well?');
    expect(await client.tools(provider.model, prompt, tools)).toEqual([
      { name: 'get_weather', input: { city: expect.any(String) } },
      { name: 'get_time', input: { zone: expect.any(String) } },
    ]);
  },
  'JSON schema': async (client, provider) => {
    const schema = object({ city: { type: 'string' }, degrees: { type: 'number' } });
    expect(await client.json(provider.model, promptFor(provider, 'How is it?'), schema)).toEqual({
      city: expect.any(String),
      degrees: expect.any(Number),
    });
  },
};

/**
 * LangChain takes the input from `message_start` alone, before which no provider but Claude has counted anything, and adds
 * the output that stands there, 1 of Claude's, to that of the end.
 */
function asLangChainCounts({ text, usage }: CountedText, { name }: SdkProvider): CountedText {
  const isCounted = name === 'claude';
  return { text, usage: { input: isCounted ? usage.input : 0, output: (usage.output ?? 0) + (isCounted ? 1 : 0) } };
}

const tried = clients.flatMap((client) =>
  Object.entries(cases).map(([name, run]) => ({ title: `${client.name}: ${name}`, client, run })),
);
const outcomes = new Outcomes(
  '',
  tried.map(({ title }) => title),
  providers.map(({ name }) => name),
);

afterAll(() => {
  process.stdout.write(`\n${outcomes}\n\n`);
});

test.concurrent.each(tried)('$title', async ({ title, client, run }) => {
  const failures: string[] = [];
  for (const provider of providers) {
    const place = { row: title, column: provider.name };
    try {
      await run(client, provider);
      outcomes.note(place, '✓');
    } catch (error) {
      outcomes.note(place, '✗');
      failures.push(`${provider.name}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  expect(failures, failures.join('\n')).toEqual([]);
});
