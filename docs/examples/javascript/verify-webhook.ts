// Receives webhooks: only what is signed with the secret, and was sent in the last five minutes, is believed
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET ?? '');

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    // The body as it came: JSON that is parsed and serialised again has another signature
    const event = webhook.verify(Buffer.concat(chunks), request.headers as Record<string, string>) as {
      type: string;
      id: string;
      data: { id: string; result: string | null };
    };
    response.writeHead(204).end();
    // The same event may come more than once: its id is the same then
    console.log(event.type, event.data.id, event.data.result);
  } catch {
    response.writeHead(400).end();
  }
});

server.listen(Number(process.env.PORT ?? 3000), () => {
  const address = server.address();
  console.log(`http://localhost:${typeof address === 'object' && address ? address.port : ''}`);
});
