import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({
  baseURL: process.env.BASE_URL ?? 'http://localhost:8080',
  apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
});
const message = await client.messages.create({
  model: 'stub', // or 'claude-haiku-4-5', 'gpt-4o-mini', 'ollama/llama3.2'
  max_tokens: 1000,
  messages: [{ role: 'user', content: 'Hello!' }],
});
const [block] = message.content;
console.log(block?.type === 'text' ? block.text : message.stop_reason);
