import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, isStepCount, Output, tool } from 'ai';
import { z } from 'zod';

const gateway = createOpenAICompatible({
  name: 'gateway',
  baseURL: `${process.env.BASE_URL ?? 'http://localhost:8080'}/v1`,
  apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
  includeUsage: true, // token counts of streams
  supportsStructuredOutputs: true, // otherwise the schema of an output is not sent
});
const { text } = await generateText({
  model: gateway('stub'),
  tools: {
    get_weather: tool({
      inputSchema: z.object({ city: z.string() }),
      execute: () => 'sunny',
    }),
  },
  stopWhen: isStepCount(5),
  prompt: 'What is the weather in Rome? [[tool:get_weather]]', // Stub calls the tools that a message names
});
console.log(text);

const { output } = await generateText({
  model: gateway('stub'),
  output: Output.object({ schema: z.object({ city: z.string(), degrees: z.number() }) }),
  prompt: 'What is the weather in Rome?',
});
console.log(output);
