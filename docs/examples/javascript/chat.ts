// Chat Completions
const response = await fetch(`${process.env.BASE_URL ?? 'http://localhost:8080'}/api/chat/completions`, {
  method: 'POST',
  headers: {
    'X-API-Key': process.env.API_KEY ?? 'dev-api-key-12345',
    'Content-Type': 'application/json',
  },
  body: JSON.stringify({
    prompt: 'Hello! How are you?',
    provider: 'stub', // or 'openai', with model: 'gpt-4o-mini'
  }),
});

const data = await response.json();
if (!response.ok) {
  console.error(data.error.message);
  process.exit(1);
}
console.log(data.content);
