import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, jsonSchema, type LanguageModel, Output, streamText, type ToolSet } from 'ai';
import { devKey } from '../../src/domain/dev-key.ts';
import type { OtherClient } from './other-client.ts';

/** The Vercel AI SDK, by each of the two protocols. */
export function aiSdkClients(gatewayUrl: string): OtherClient[] {
  const openAi = createOpenAICompatible({
    name: 'gateway',
    baseURL: `${gatewayUrl}/v1`,
    apiKey: devKey,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  const responses = createOpenAI({ baseURL: `${gatewayUrl}/v1`, apiKey: devKey });
  const anthropic = createAnthropic({ baseURL: `${gatewayUrl}/v1`, apiKey: devKey });
  return [
    aiSdkClient('ai, openai-compatible', (model) => openAi(model)),
    aiSdkClient('ai, openai', (model) => responses(model)),
    aiSdkClient('ai, anthropic', (model) => anthropic(model)),
  ];
}

const once = { maxRetries: 0, maxOutputTokens: 1000 };

function aiSdkClient(name: string, modelOf: (model: string) => LanguageModel): OtherClient {
  return {
    name,
    async text(model, prompt) {
      const { text, usage } = await generateText({ ...once, model: modelOf(model), prompt });
      return { text, usage: toUsage(usage) };
    },
    async stream(model, prompt) {
      const errors: unknown[] = [];
      const onError = ({ error }: { error: unknown }) => void errors.push(error);
      const reply = streamText({ ...once, model: modelOf(model), prompt, onError });
      const pieces: string[] = [];
      for await (const piece of reply.textStream) pieces.push(piece);
      if (errors.length > 0) throw errors[0];
      return { text: pieces.join(''), pieces: pieces.length, usage: toUsage(await reply.usage) };
    },
    async tools(model, prompt, specs) {
      const tools: ToolSet = {};
      for (const spec of specs) tools[spec.name] = { inputSchema: jsonSchema(spec.parameters) };
      const { toolCalls } = await generateText({ ...once, model: modelOf(model), prompt, tools });
      return toolCalls.map(({ toolName, input }) => ({ name: toolName, input }));
    },
    async json(model, prompt, schema) {
      const output = Output.object({ schema: jsonSchema(schema) });
      return (await generateText({ ...once, model: modelOf(model), prompt, output })).output;
    },
  };
}

function toUsage(usage: { inputTokens?: number | undefined; outputTokens?: number | undefined }) {
  return { input: usage.inputTokens, output: usage.outputTokens };
}
