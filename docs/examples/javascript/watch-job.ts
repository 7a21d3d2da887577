// Makes a job, shows its text while it is produced, and what it came to in the end
const baseUrl = process.env.BASE_URL ?? 'http://localhost:8080';
const headers = {
  'X-API-Key': process.env.API_KEY ?? 'dev-api-key-12345',
  'Content-Type': 'application/json',
};

const created = await fetch(`${baseUrl}/api/jobs`, {
  method: 'POST',
  headers: { ...headers, 'Idempotency-Key': crypto.randomUUID() },
  body: JSON.stringify({ input: 'Hello!' }),
});
const job = await created.json();

let lastEventId = '0';
let status = job.status;
while (status === 'PENDING' || status === 'RUNNING') {
  // A stream that breaks off goes on after the last event
  const response = await fetch(baseUrl + job.urls.events, { headers: { ...headers, 'Last-Event-ID': lastEventId } });
  let text = '';
  for await (const bytes of response.body!.pipeThrough(new TextDecoderStream())) {
    text += bytes;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      lastEventId = /^id: (\d+)$/m.exec(event)?.[1] ?? lastEventId;
      const data = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '{}');
      if (data.type === 'chunk') process.stdout.write(data.content);
      if (data.type === 'status') status = data.status;
    }
  }
}

const { tokensIn, tokensOut, cost } = await (await fetch(baseUrl + job.urls.self, { headers })).json();
console.log(`\n${status}: ${tokensIn} tokens in, ${tokensOut} out, $${cost}`);
