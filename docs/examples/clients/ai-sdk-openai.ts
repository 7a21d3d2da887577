import { createOpenAI } from '@ai-sdk/openai';
import { generateText } from 'ai';

const openai = createOpenAI({
  baseURL: `${process.env.BASE_URL ?? 'http://localhost:8080'}/v1`,
  apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
});
const { text } = await generateText({
  model: openai.chat('stub'), // openai('…') without .chat uses /v1/responses
  prompt: 'Hello!',
});
console.log(text);
