import { tool } from '@langchain/core/tools';
import { MemorySaver } from '@langchain/langgraph';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';

const llm = new ChatOpenAI({
  model: 'stub',
  apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
  configuration: { baseURL: `${process.env.BASE_URL ?? 'http://localhost:8080'}/v1` },
});
const getWeather = tool(() => 'sunny', {
  name: 'get_weather',
  description: 'The weather of a city.',
  schema: z.object({ city: z.string() }),
});
const agent = createReactAgent({ llm, tools: [getWeather], checkpointer: new MemorySaver() });
const { messages } = await agent.invoke(
  { messages: [{ role: 'user', content: 'What is the weather in Rome? [[tool:get_weather]]' }] },
  { configurable: { thread_id: '1' } },
);
console.log(messages.at(-1)?.text);
