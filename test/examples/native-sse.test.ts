import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { unicodeChunks } from '../support/provider-server/known-models.ts';
import { examplePrograms } from './example-programs.ts';
import { runExample } from './run-example.ts';

/** Escapes the line separators in JSON, as the gateway does in a stream. */
function escapeLines(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const model = { requestId: 'req_1', provider: 'stub', model: 'stub' };
const done = { type: 'done', finishReason: 'stop', tokensIn: 1, tokensOut: 2, cost: 0, ...model };

/** Plays `POST /stream` with one write for each event, and with a comment. `write` encodes the JSON of the gateway. */
async function startStream(write: (json: string) => string): Promise<{ url: string; close: () => void }> {
  const server = createServer(async (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const chunks = unicodeChunks.map((content) => ({ type: 'chunk', content }));
    for (const event of [{ type: 'start', ...model }, ...chunks, done]) {
      response.write(`data: ${write(JSON.stringify(event))}\n\n`);
      if (event.type === 'start') response.write(': keep-alive\n');
      // The simple loops expect one event in each packet.
      await setTimeout(5);
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

const escaped = await startStream(escapeLines);
const raw = await startStream((json) => json);
afterAll(() => {
  escaped.close();
  raw.close();
});

const loops = examplePrograms.filter(({ route, language }) => route === 'stream' && language !== 'curl');

test.for(loops)('the loop of $file reads any character in the events of /stream', async (program, { skip }) => {
  if (program.runner === undefined) skip('what runs it is not installed');
  expect(await runExample(program, escaped.url)).toBe(unicodeChunks.join(''));
});

test.for(loops.filter(({ language }) => language === 'python'))(
  'the loop of $file fails on unescaped line separators',
  async (program, { skip }) => {
    if (program.runner === undefined) skip('what runs it is not installed');
    await expect(runExample(program, raw.url)).rejects.toThrow('JSONDecodeError');
  },
);
