import { ChatAnthropic } from '@langchain/anthropic';
import { type BaseMessage, HumanMessage, type ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { MemorySaver } from '@langchain/langgraph';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import * as z from 'zod';
import type { CallTool, Conversation, CreateClients, FrameworkClient } from '../../sdks/framework-client.ts';

const forecast = z.object({ city: z.string(), degrees: z.number() });

/** LangChain's chat models, with LangGraph's agent for their tools. */
export const createClients: CreateClients = ({ url, key }) => {
  const common = { apiKey: key, maxRetries: 0, maxTokens: 1000 };
  const methods = ['functionCalling', 'jsonSchema'] as const;
  return [
    langChainClient(
      'langgraph, openai',
      (model) => new ChatOpenAI({ ...common, model, configuration: { baseURL: `${url}/v1` } }),
      [...methods, 'jsonMode'],
    ),
    langChainClient(
      'langgraph, anthropic',
      (model) => new ChatAnthropic({ ...common, model, anthropicApiUrl: url }),
      methods,
    ),
  ];
};

function langChainClient(
  name: string,
  modelOf: (model: string) => ChatOpenAI | ChatAnthropic,
  methods: readonly ('functionCalling' | 'jsonSchema' | 'jsonMode')[],
): FrameworkClient {
  return {
    name,
    startConversation: (model, callTool) => new LangGraphConversation(modelOf(model), callTool),
    structuredOutput: Object.fromEntries(
      methods.map((method) => [
        method,
        async (model: string, prompt: string) =>
          await modelOf(model).withStructuredOutput(forecast, { name: 'forecast', method }).invoke(prompt),
      ]),
    ),
  };
}

/** A named agent whose checkpointer keeps the messages. Each of them has the agent's name. */
class LangGraphConversation implements Conversation {
  readonly #agent;
  readonly #config = { configurable: { thread_id: crypto.randomUUID() } };

  constructor(llm: ChatOpenAI | ChatAnthropic, callTool: CallTool) {
    const tools = [
      tool((input) => callTool('get_weather', input), {
        name: 'get_weather',
        description: 'The weather.',
        schema: z.object({ city: z.string() }),
      }),
      tool((input) => callTool('get_time', input), {
        name: 'get_time',
        description: 'The time.',
        schema: z.object({ zone: z.string() }),
      }),
    ];
    this.#agent = createReactAgent({ llm, tools, name: 'forecaster', checkpointer: new MemorySaver() });
  }

  async send(prompt: string, stream: boolean): Promise<string> {
    const input = { messages: [new HumanMessage({ content: prompt, name: 'ada' })] };
    if (stream) {
      let pieces = 0;
      for await (const [chunk] of await this.#agent.stream(input, { ...this.#config, streamMode: 'messages' })) {
        if ((chunk as BaseMessage | ToolMessage).type === 'ai') pieces += 1;
      }
      if (pieces < 3) throw new Error(`the model's replies came in ${pieces} pieces`);
    } else await this.#agent.invoke(input, this.#config);
    const { values } = await this.#agent.getState(this.#config);
    return (values.messages as BaseMessage[]).at(-1)?.text ?? '';
  }
}
