import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  generateObject,
  generateText,
  isStepCount,
  type LanguageModel,
  type ModelMessage,
  Output,
  streamText,
  tool,
} from 'ai';
import * as z from 'zod';
import type { CallTool, Conversation, CreateClients, FrameworkClient } from '../../sdks/framework-client.ts';

const once = { maxRetries: 0, maxOutputTokens: 1000 };
const forecast = z.object({ city: z.string(), degrees: z.number() });

/** The Vercel AI SDK, by each of its providers as it comes. */
export const createClients: CreateClients = ({ url, key }) => {
  const options = { baseURL: `${url}/v1`, apiKey: key };
  const openAi = createOpenAI(options);
  const compatible = createOpenAICompatible({ name: 'gateway', ...options });
  const withSchemas = createOpenAICompatible({ name: 'gateway', ...options, supportsStructuredOutputs: true });
  const anthropic = createAnthropic(options);
  return [
    // It refers to the items of earlier replies by their ids.
    aiSdkClient('ai, openai', (model) => openAi(model)),
    aiSdkClient('ai, openai without store', (model) => openAi(model), { openai: { store: false } }),
    aiSdkClient('ai, openai.chat', (model) => openAi.chat(model)),
    aiSdkClient('ai, openai-compatible', (model) => compatible(model)),
    aiSdkClient('ai, openai-compatible with schemas', (model) => withSchemas(model)),
    aiSdkClient('ai, anthropic', (model) => anthropic(model)),
  ];
};

type ProviderOptions = NonNullable<Parameters<typeof generateText>[0]['providerOptions']>;

function aiSdkClient(
  name: string,
  modelOf: (model: string) => LanguageModel,
  providerOptions: ProviderOptions = {},
): FrameworkClient {
  const common = { ...once, providerOptions };
  return {
    name,
    startConversation: (model, callTool) => new AiSdkConversation(modelOf(model), callTool, common),
    structuredOutput: {
      'generateText output': async (model, prompt) => {
        const output = Output.object({ schema: forecast });
        return (await generateText({ ...common, model: modelOf(model), prompt, output })).output;
      },
      generateObject: async (model, prompt) => {
        return (await generateObject({ ...common, model: modelOf(model), prompt, schema: forecast })).object;
      },
      'streamText output': async (model, prompt) => {
        const output = Output.object({ schema: forecast });
        const reply = await consume({ ...common, model: modelOf(model), prompt, output });
        return await reply.output;
      },
      'no schema': async (model, prompt) => {
        return (await generateObject({ ...common, model: modelOf(model), prompt, output: 'no-schema' })).object;
      },
    },
  };
}

class AiSdkConversation implements Conversation {
  readonly #model: LanguageModel;
  readonly #tools;
  readonly #common;
  readonly #messages: ModelMessage[] = [];

  constructor(model: LanguageModel, callTool: CallTool, common: typeof once & { providerOptions: ProviderOptions }) {
    this.#model = model;
    this.#common = common;
    this.#tools = {
      get_weather: tool({
        inputSchema: z.object({ city: z.string() }),
        execute: (input) => callTool('get_weather', input),
      }),
      get_time: tool({ inputSchema: z.object({ zone: z.string() }), execute: (input) => callTool('get_time', input) }),
    };
  }

  async send(prompt: string, stream: boolean): Promise<string> {
    this.#messages.push({ role: 'user', content: prompt });
    const request = {
      ...this.#common,
      model: this.#model,
      tools: this.#tools,
      messages: this.#messages,
      stopWhen: isStepCount(5),
    };
    const reply = stream ? await consume(request) : await generateText(request);
    this.#messages.push(...(await reply.response).messages);
    return await reply.text;
  }
}

/** Reads a stream to its end. Rejects with its first error, which the SDK itself only reports. */
async function consume<T extends Parameters<typeof streamText>[0]>(request: T) {
  const errors: unknown[] = [];
  const reply = streamText({ ...request, onError: ({ error }: { error: unknown }) => void errors.push(error) });
  await reply.consumeStream();
  if (errors.length > 0) throw errors[0];
  return reply;
}
