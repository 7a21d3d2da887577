import OpenAI from 'openai';

/** OpenAI's own client, to which every request is answered with this. Its `fetch` is all that is not real. */
export function clientAnswered(body: string, headers: Record<string, string>, status = 200): OpenAI {
  return new OpenAI({
    apiKey: 'k',
    maxRetries: 0,
    logLevel: 'off',
    fetch: async () => new Response(body, { status, headers }),
  });
}

export function clientStreamed(events: readonly string[]): OpenAI {
  return clientAnswered(events.join(''), { 'content-type': 'text/event-stream' });
}

export const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };
