import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: `${process.env.BASE_URL ?? 'http://localhost:8080'}/v1`,
  apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
});
const reply = await client.chat.completions.create({
  model: 'stub', // or 'gpt-4o-mini', 'claude/claude-haiku-4-5', 'ollama/llama3.2'
  messages: [{ role: 'user', content: 'Hello!' }],
});
console.log(reply.choices[0]?.message.content);
