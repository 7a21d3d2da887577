import type { Call } from './throughput.ts';

const openAiPath = '/v1/chat/completions';
const json = { 'content-type': 'application/json' };

/** A conversation of about a kilobyte, as a client sends it. */
const system = `You answer briefly and to the point. ${'Keep to what was asked, and say so where you do not know. '.repeat(12)}`;

function conversation(prompt: string) {
  return [
    { role: 'system', content: system },
    { role: 'user', content: prompt },
  ];
}

/** The number of chunks of a stream, and the milliseconds between them. */
export interface Pace {
  readonly chunks: number;
  readonly ms: number;
}

/** Creates the calls of the bench for an API key. */
export function callsWith(key: string) {
  const headers = { ...json, authorization: `Bearer ${key}` };
  const openAi = (prompt: string, more: object = {}): Call => ({
    path: openAiPath,
    headers,
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: conversation(prompt), max_tokens: 300, ...more }),
  });
  const marked = ({ chunks, ms }: Pace) => `Tell me about foxes. [[chunks=${chunks} ms=${ms}]]`;
  return {
    chat: openAi('Tell me about foxes.'),
    native: {
      path: '/api/chat/completions',
      headers,
      body: JSON.stringify({
        prompt: `${system}\nTell me about foxes.`,
        provider: 'openai',
        model: 'gpt-4o-mini',
        maxTokens: 300,
      }),
    },
    /** With usage for the client: the stream is piped. */
    metered: (pace: Pace) => openAi(marked(pace), { stream: true, stream_options: { include_usage: true } }),
    /** Without usage for the client: the gateway removes the usage chunk. */
    pumped: (pace: Pace) => openAi(marked(pace), { stream: true }),
    anthropic: (pace: Pace): Call => ({
      path: '/v1/messages',
      headers: { ...headers, 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({
        model: 'claude-haiku-4-5',
        max_tokens: 300,
        system,
        messages: [{ role: 'user', content: marked(pace) }],
        stream: true,
      }),
    }),
    /** A request of an OpenAI client to Claude. */
    translated: (pace: Pace) => openAi(marked(pace), { model: 'claude-haiku-4-5', stream: true }),
  };
}
