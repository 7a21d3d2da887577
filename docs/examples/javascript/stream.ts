// SSE Streaming
const response = await fetch(`${process.env.BASE_URL ?? 'http://localhost:8080'}/stream`, {
  method: 'POST',
  headers: {
    'X-API-Key': process.env.API_KEY ?? 'dev-api-key-12345',
    'Content-Type': 'application/json',
  },
  body: JSON.stringify({ prompt: 'Hello!' }),
});

const reader = response.body?.getReader();
const decoder = new TextDecoder();

while (true) {
  const { done, value } = await reader!.read();
  if (done) break;

  const chunk = decoder.decode(value);
  const lines = chunk.split('\n').filter(line => line.startsWith('data: '));

  for (const line of lines) {
    const data = JSON.parse(line.slice(6));
    if (data.type === 'chunk') {
      process.stdout.write(data.content);
    }
  }
}
