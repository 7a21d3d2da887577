import { tool } from '@llamaindex/core/tools';
import { OpenAI } from '@llamaindex/openai';
import { agent, agentStreamEvent } from '@llamaindex/workflow';
import * as z from 'zod';
import type { CallTool, Conversation, CreateClients } from '../framework-client.ts';

const forecast = z.object({ city: z.string(), degrees: z.number() });

/** LlamaIndex: its class for OpenAI's models, and its agent for their tools. */
export const createClients: CreateClients = ({ url, key }) => {
  const createModel = (model: string) =>
    new OpenAI({ model, apiKey: key, baseURL: `${url}/v1`, maxRetries: 0, maxTokens: 1000 });
  return [
    {
      name: 'llamaindex',
      startConversation: (model, callTool) => new LlamaIndexConversation(createModel(model), callTool),
      structuredOutput: {
        responseFormat: async (model, prompt) => {
          const messages = [{ role: 'user' as const, content: prompt }];
          const reply = await createModel(model).chat({ messages, responseFormat: forecast });
          return JSON.parse(String(reply.message.content));
        },
      },
    },
  ];
};

class LlamaIndexConversation implements Conversation {
  readonly #agent;
  #history: { role: 'user' | 'assistant'; content: string }[] = [];

  constructor(llm: OpenAI, callTool: CallTool) {
    const tools = [
      tool({
        name: 'get_weather',
        description: 'The weather.',
        parameters: z.object({ city: z.string() }),
        execute: (input) => callTool('get_weather', input),
      }),
      tool({
        name: 'get_time',
        description: 'The time.',
        parameters: z.object({ zone: z.string() }),
        execute: (input) => callTool('get_time', input),
      }),
    ];
    this.#agent = agent({ llm, tools });
  }

  async send(prompt: string, stream: boolean): Promise<string> {
    const context = this.#agent.runStream(prompt, { chatHistory: this.#history });
    let streamed = '';
    let result = '';
    for await (const event of context) {
      if (agentStreamEvent.include(event)) streamed += event.data.delta;
      if (event.data && typeof event.data === 'object' && 'result' in event.data) result = String(event.data.result);
    }
    const text = stream ? streamed : result;
    this.#history = [...this.#history, { role: 'user', content: prompt }, { role: 'assistant', content: text }];
    return text;
  }
}
