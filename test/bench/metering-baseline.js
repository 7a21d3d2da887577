// The least that a Worker can do which reads what passes: no keys, no limits, no prices, no rows, and few errors thought of. It
// parses each body once, ends the provider's call with its client's, keeps one promise and one timer for it, and says so in a
// line of log. What a gateway costs beyond this is its own doing; what this costs is the runtime's.
const firstPauseMs = 5;
const longestPauseMs = 250;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

export default {
  async fetch(request, env, context) {
    const abort = new AbortController();
    request.signal.addEventListener('abort', () => abort.abort(), { once: true });
    const body = await request.text();
    const call = JSON.parse(body);
    const { pathname } = new URL(request.url);
    const isPiped = pathname === '/v1/messages' || call.stream_options?.include_usage;
    const translates = pathname === '/v1/chat/completions' && call.model.startsWith('claude');
    const ended = Promise.withResolvers();
    context.waitUntil(ended.promise);
    const timer = setTimeout(() => abort.abort(), 60_000);
    const done = (usage) => {
      clearTimeout(timer);
      ended.resolve();
      console.log(JSON.stringify({ message: 'call', model: call.model, usage }));
    };
    const reply = await fetch(`${env.UPSTREAM_URL}${translates ? '/v1/messages' : pathname}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk-bench' },
      body: !call.stream || isPiped ? body : JSON.stringify({ ...call, stream_options: { include_usage: true } }),
      signal: abort.signal,
    });
    if (!call.stream) {
      const bytes = await reply.arrayBuffer();
      done(JSON.parse(decoder.decode(bytes)).usage);
      return answer(bytes, 'application/json');
    }
    const { readable, writable } = new IdentityTransformStream();
    const passed = isPiped ? pipe(reply.body, writable) : pump(reply.body, writable, translates ? translate : same);
    passed.then(done, done);
    return answer(readable, 'text/event-stream');
  },
};

function answer(body, type) {
  const response = new Response(body, { headers: { 'content-type': type } });
  for (let number = 0; number < 10; number += 1) response.headers.set(`x-header-${number}`, 'value');
  return response;
}

/** The runtime passes the bytes on; what has come by then is read on the side now and then. */
async function pipe(body, writable) {
  const [toClient, toMeter] = body.tee();
  const piped = toClient.pipeTo(writable);
  const reader = toMeter.getReader({ mode: 'byob' });
  let buffer = new ArrayBuffer(65_536);
  let usage;
  const read = eventReader((event) => {
    usage = event.usage ?? usage;
  });
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(4 * pauseMs, longestPauseMs)) {
    const { done, value } = await reader.read(new Uint8Array(buffer));
    if (done) break;
    read(value);
    buffer = value.buffer;
    await scheduler.wait(pauseMs);
  }
  await piped;
  return usage;
}

/** Each chunk is read, looked at and written by itself. */
async function pump(body, writable, show) {
  const reader = body.getReader({ mode: 'byob' });
  const writer = writable.getWriter();
  let buffer = new ArrayBuffer(65_536);
  let usage;
  let text = '';
  const read = eventReader((event) => {
    usage = event.usage ?? usage;
    text += show.event(event);
  });
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(buffer));
    if (done) break;
    text = '';
    read(value);
    await writer.write(show.bytes(value, text));
    buffer = value.buffer;
  }
  if (show.end) await writer.write(encoder.encode(show.end));
  await writer.close();
  return usage;
}

/** As it comes, but for the usage that the client has not asked for. */
const same = {
  event: (event) => (event.usage ? 'usage' : ''),
  bytes(bytes, found) {
    if (found === '') return bytes;
    const events = decoder.decode(bytes).split('\n\n');
    return encoder.encode(events.filter((event) => !event.includes('"choices":[]')).join('\n\n'));
  },
  end: '',
};

const translate = {
  event(event) {
    if (event.type !== 'content_block_delta') return '';
    const choices = [{ index: 0, delta: { content: event.delta.text }, logprobs: null, finish_reason: null }];
    const chunk = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'claude-haiku-4-5', choices };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  },
  bytes: (_, text) => encoder.encode(text),
  end: 'data: [DONE]\n\n',
};

function eventReader(take) {
  const decoder = new TextDecoder();
  let rest = '';
  return (bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop();
    for (const line of lines) if (line.startsWith('data: {')) take(JSON.parse(line.slice(6)));
  };
}
