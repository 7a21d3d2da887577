import { Portkey } from 'portkey-ai';

const client = new Portkey({
  baseURL: `${process.env.BASE_URL ?? 'http://localhost:8080'}/v1`,
  apiKey: process.env.API_KEY ?? 'dev-api-key-12345',
});
const reply = await client.chat.completions.create({
  model: 'stub',
  messages: [{ role: 'user', content: 'Hello!' }],
});
console.log(reply.choices[0]?.message?.content);
