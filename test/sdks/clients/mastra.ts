import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import * as z from 'zod';
import type { CallTool, Conversation, CreateClients, FrameworkClient } from '../framework-client.ts';

type Model = ConstructorParameters<typeof Agent>[0]['model'];

const forecast = z.object({ city: z.string(), degrees: z.number() });

/** Mastra's agents, with models by address and by the AI SDK's providers. */
export const createClients: CreateClients = ({ url, key }) => {
  const options = { baseURL: `${url}/v1`, apiKey: key };
  const compatible = createOpenAICompatible({ name: 'gateway', ...options });
  const anthropic = createAnthropic(options);
  return [
    mastraClient('mastra, by address', (model) => ({
      providerId: 'gateway',
      modelId: model,
      url: `${url}/v1`,
      apiKey: key,
    })),
    mastraClient('mastra, openai-compatible', (model) => compatible(model)),
    mastraClient('mastra, anthropic', (model) => anthropic(model)),
  ];
};

function mastraClient(name: string, modelOf: (model: string) => Model): FrameworkClient {
  const createAgent = (model: string, callTool?: CallTool) =>
    new Agent({
      id: 'forecaster',
      name: 'Forecaster',
      instructions: 'Be short.',
      model: modelOf(model),
      maxRetries: 0,
      ...(callTool && { tools: createTools(callTool) }),
    });
  const structuredOutput = { schema: forecast };
  return {
    name,
    startConversation: (model, callTool) => new MastraConversation(createAgent(model, callTool)),
    structuredOutput: {
      generate: async (model, prompt) => (await createAgent(model).generate(prompt, { structuredOutput })).object,
      stream: async (model, prompt) => {
        const output = await createAgent(model).stream(prompt, { structuredOutput });
        await output.consumeStream();
        return await output.object;
      },
    },
  };
}

function createTools(callTool: CallTool) {
  return {
    get_weather: createTool({
      id: 'get_weather',
      description: 'The weather.',
      inputSchema: z.object({ city: z.string() }),
      execute: async (input) => callTool('get_weather', input),
    }),
    get_time: createTool({
      id: 'get_time',
      description: 'The time.',
      inputSchema: z.object({ zone: z.string() }),
      execute: async (input) => callTool('get_time', input),
    }),
  };
}

class MastraConversation implements Conversation {
  readonly #agent: Agent;
  readonly #messages: unknown[] = [];

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  async send(prompt: string, stream: boolean): Promise<string> {
    this.#messages.push({ role: 'user', content: prompt });
    const input = [...this.#messages] as never;
    const output = stream ? await this.#agent.stream(input) : await this.#agent.generate(input);
    if ('consumeStream' in output) await output.consumeStream();
    const error = await output.error;
    if (error) throw error;
    this.#messages.push(...(await output.response).messages);
    return await output.text;
  }
}
