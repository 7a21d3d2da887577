/**
 * The provider of the bench, in a separate process: `node upstream-main.ts`. Plays OpenAI's chat protocol and Anthropic's, with
 * whole replies of about 1 KiB and with streams, whose pace is in the prompt: `[[chunks=200 ms=5]]`. Under `/broken` it fails.
 * Prints its port, and stops when its input ends.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const text = 'The quick brown fox jumps over the lazy dog while the band plays on. '.repeat(12).slice(0, 760);
const usage = { prompt_tokens: 25, completion_tokens: 200, total_tokens: 225 };
const openAiReply = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, message: { role: 'assistant', content: text }, logprobs: null, finish_reason: 'stop' }],
  usage,
});
const anthropicReply = JSON.stringify({
  id: 'msg_bench',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5-20251001',
  content: [{ type: 'text', text }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 25, output_tokens: 200 },
});

/** The events of one protocol's stream. */
interface Protocol {
  readonly reply: string;
  readonly first: string;
  readonly chunk: (content: string) => string;
  readonly last: (asksForUsage: boolean) => string;
}

const openAiChunk = (more: object) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'gpt-4o-mini-2024-07-18', service_tier: 'default', system_fingerprint: 'fp_bench', ...more })}\n\n`;
const openAiDelta = (delta: object, finish: string | null = null) =>
  openAiChunk({ choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] });
const event = (data: { type: string }) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

const openAi: Protocol = {
  reply: openAiReply,
  first: openAiDelta({ role: 'assistant', content: '', refusal: null }),
  chunk: (content) => openAiDelta({ content }),
  last: (asksForUsage) =>
    `${openAiDelta({}, 'stop')}${asksForUsage ? openAiChunk({ choices: [], usage }) : ''}data: [DONE]\n\n`,
};
const anthropic: Protocol = {
  reply: anthropicReply,
  first:
    event({
      type: 'message_start',
      message: {
        ...JSON.parse(anthropicReply),
        content: [],
        stop_reason: null,
        usage: { input_tokens: 25, output_tokens: 1 },
      },
    } as { type: string }) +
    event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as { type: string }),
  chunk: (content) =>
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: content } } as { type: string }),
  last: () =>
    event({ type: 'content_block_stop', index: 0 } as { type: string }) +
    event({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 200 },
    } as { type: string }) +
    event({ type: 'message_stop' }),
};

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  if (request.url?.startsWith('/broken')) {
    request.resume();
    response.writeHead(500).end();
    return;
  }
  const protocol = request.url?.endsWith('/messages') ? anthropic : openAi;
  readBody(request)
    .then((body) => answer(protocol, body, response))
    .catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', 4096, () => console.log((server.address() as AddressInfo).port));
process.stdin.resume().on('end', () => process.exit());

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function answer(protocol: Protocol, body: string, response: ServerResponse): Promise<void> {
  if (!/"stream":\s?true/.test(body)) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': protocol.reply.length });
    response.end(protocol.reply);
    return;
  }
  const [, chunks = '200', ms = '0'] = /\[\[chunks=(\d+) ms=(\d+)\]\]/.exec(body) ?? [];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(protocol.first);
  const startedAtMs = performance.now();
  for (let count = 0; count < Number(chunks) && !response.destroyed; count += 1) {
    const aheadMs = startedAtMs + (count + 1) * Number(ms) - performance.now();
    if (aheadMs > 0.5) await wait(aheadMs);
    // The time of sending, by the clock that all processes of the machine share, for the delay at the reader.
    response.write(protocol.chunk(` word @${process.hrtime.bigint()}@`));
  }
  response.end(protocol.last(body.includes('"include_usage":true')));
}
