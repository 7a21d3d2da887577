import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { BuiltInAgent, defineTool } from '@copilotkit/runtime/v2';
import * as z from 'zod';
import type { CallTool, Conversation, CreateClients, FrameworkClient } from '../framework-client.ts';

type Model = ConstructorParameters<typeof BuiltInAgent>[0]['model'];

/** The agent of CopilotKit's runtime, with a model of the AI SDK. It has no structured output. */
export const createClients: CreateClients = ({ url, key }) => {
  const options = { baseURL: `${url}/v1`, apiKey: key };
  const openAi = createOpenAI(options);
  const anthropic = createAnthropic(options);
  return [
    copilotKitClient('copilotkit, openai.chat', (model) => openAi.chat(model)),
    copilotKitClient('copilotkit, anthropic', (model) => anthropic(model)),
  ];
};

function copilotKitClient(name: string, modelOf: (model: string) => Model): FrameworkClient {
  return {
    name,
    isStreamOnly: true,
    startConversation: (model, callTool) => new CopilotKitConversation(modelOf(model), callTool),
    structuredOutput: {},
  };
}

class CopilotKitConversation implements Conversation {
  readonly #agent: BuiltInAgent;
  readonly #messages: { id: string; role: 'user' | 'assistant'; content: string }[] = [];
  readonly #threadId = crypto.randomUUID();

  constructor(model: Model, callTool: CallTool) {
    const tools = [
      defineTool({
        name: 'get_weather',
        description: 'The weather.',
        parameters: z.object({ city: z.string() }),
        execute: async (input: unknown) => callTool('get_weather', input),
      }),
      defineTool({
        name: 'get_time',
        description: 'The time.',
        parameters: z.object({ zone: z.string() }),
        execute: async (input: unknown) => callTool('get_time', input),
      }),
    ];
    this.#agent = new BuiltInAgent({ model, tools, maxSteps: 5, maxRetries: 0, maxOutputTokens: 1000 });
  }

  async send(prompt: string): Promise<string> {
    this.#messages.push({ id: crypto.randomUUID(), role: 'user', content: prompt });
    const text = await this.#run();
    this.#messages.push({ id: crypto.randomUUID(), role: 'assistant', content: text });
    return text;
  }

  #run(): Promise<string> {
    const runId = crypto.randomUUID();
    const input = { threadId: this.#threadId, runId, state: {}, messages: [...this.#messages] };
    return new Promise((resolve, reject) => {
      let text = '';
      this.#agent.run({ ...input, tools: [], context: [], forwardedProps: {} }).subscribe({
        next: (event: { type: string; delta?: string; message?: string }) => {
          if (event.type.startsWith('TEXT_MESSAGE_C')) text += event.delta ?? '';
          if (event.type === 'RUN_ERROR') reject(new Error(event.message));
        },
        error: reject,
        complete: () => resolve(text),
      });
    });
  }
}
