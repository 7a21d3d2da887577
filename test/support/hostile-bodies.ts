/** A request that is designed to block a Worker. */
export interface HostileRequest {
  /** The route and the shape of its body. */
  readonly name: string;
  readonly path: string;
  readonly body: Buffer<ArrayBuffer>;
}

/** Slightly less than the maximum body size. */
const maxBytes = 10 * 1024 * 1024 - 4_096;
/** Slightly less than the maximum number of values in a body. */
const maxValues = 199_000;

const times = (count: number, create: (index: number) => string) => Array.from({ length: count }, (_, i) => create(i));
const fill = (text: string) => text.repeat(Math.floor(maxBytes / Buffer.byteLength(text)));
const list = (text: string) => `[${fill(`${text},`)}${text}]`;
const short = (text: string, valuesEach: number) => `[${times(maxValues / valuesEach, () => text).join()}]`;

/** JSON values that are slow to parse, to validate or to count. Some exceed the limits and must be rejected at once. */
const values: Readonly<Record<string, () => string>> = {
  'nested arrays': () => '['.repeat(maxBytes / 2 - 100) + ']'.repeat(maxBytes / 2 - 100),
  'nested objects': () => `${'{"a":'.repeat(maxBytes / 7)}1${'}'.repeat(maxBytes / 7)}`,
  '200 levels, many times': () => list('['.repeat(150) + ']'.repeat(150)),
  'empty arrays': () => list('[]'),
  'empty arrays within the limit': () => short('[]', 1),
  'objects within the limit': () => short('{"a":1}', 2),
  'texts within the limit': () => short('"x"', 1),
  'a million texts': () => list('"text"'),
  numbers: () => list('1'),
  'negative numbers': () => list('-1.5e300'),
  nulls: () => list('null'),
  'numbers of many digits': () => list(`0.${'1234567890'.repeat(30)}`),
  'lists of numbers': () => `[${times(90_000, () => `[${'1,'.repeat(50)}1]`).join()}]`.slice(0, maxBytes),
  'names that differ': () => `{${times(maxValues, (i) => `"name${i}":1`).join()}}`,
  'names that differ, within the limit': () => `{${times(49_000, (i) => `"name${i}":1`).join()}}`,
  'objects of always other names': () =>
    `[${times(1_290, (i) => `{${times(38, (j) => `"${i}x${j}":1`).join()}}`).join()}]`,
  'objects of names in another order': () => {
    const random = randomNumbers(7);
    const names = times(300, (i) => `k${i}`);
    const pick = () => new Set(times(30, () => names[Math.floor(random() * names.length)] ?? ''));
    return `[${times(
      7_000,
      () =>
        `{${[...pick()]
          .slice(0, 20)
          .map((name) => `"${name}":1`)
          .join()}}`,
    ).join()}]`;
  },
  'a long name': () => `{"${fill('n')}":1}`,
};

/** Texts that are slow to parse, to split, to encode or to count. */
const texts: Readonly<Record<string, () => string>> = {
  letters: () => fill('x'),
  words: () => fill('a '),
  'English words': () => fill('The quick brown fox jumps over the lazy dog. '),
  spaces: () => fill(' '),
  'line breaks': () => fill('\\n'),
  'escaped quotes': () => fill('\\"'),
  backslashes: () => fill('\\\\'),
  'lone surrogates': () => fill('\\ud800'),
  'escaped letters': () => fill('\\u0061'),
  'control characters': () => fill('\\u0001'),
  Chinese: () => fill('字'),
  'Thai letters': () => fill('ก'),
  emoji: () => fill('👩‍👩‍👧'),
  punctuation: () => fill('!?'),
  digits: () => fill('0123456789 '),
  'mixed blanks': () => fill(' \\t\\n\\r '),
  'tool blocks': () => fill('[[tool:f]]'),
  'open tool blocks': () => fill('[[tool:'),
  comments: () => fill('#\\n'),
};

/** Places for a value, as the text of the body. */
const valueRoutes: Readonly<Record<string, readonly [path: string, create: (value: string) => string]>> = {
  body: ['/v1/chat/completions', (value) => value],
  'Stub messages': ['/v1/chat/completions', (value) => `{"model":"stub","messages":${value}}`],
  'Stub content': [
    '/v1/chat/completions',
    (value) => `{"model":"stub","messages":[{"role":"user","content":${value}}]}`,
  ],
  'Stub tools': [
    '/v1/chat/completions',
    (value) => `{"model":"stub","tools":${value},"messages":[{"role":"user","content":"x"}]}`,
  ],
  'Stub schema': [
    '/v1/chat/completions',
    (value) =>
      `{"model":"stub","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"s","schema":{"enum":${value}}}}}`,
  ],
  'Stub stop': [
    '/v1/chat/completions',
    (value) => `{"model":"stub","stop":${value},"messages":[{"role":"user","content":"x"}]}`,
  ],
  'Stub embeddings': ['/v1/embeddings', (value) => `{"model":"stub/stub","input":${value}}`],
  'OpenAI messages': ['/v1/chat/completions', (value) => `{"model":"gpt-4o-mini","messages":${value}}`],
  'OpenAI to Claude': [
    '/v1/chat/completions',
    (value) => `{"model":"claude-haiku-4-5","max_tokens":5,"messages":${value}}`,
  ],
  'OpenAI tools to Claude': [
    '/v1/chat/completions',
    (value) =>
      `{"model":"claude-haiku-4-5","max_tokens":5,"tools":[{"type":"function","function":{"name":"f","parameters":{"a":${value}}}}],"messages":[{"role":"user","content":"x"}]}`,
  ],
  'OpenAI Responses': ['/v1/responses', (value) => `{"model":"gpt-4o-mini","input":${value}}`],
  'Responses to Claude': ['/v1/responses', (value) => `{"model":"claude-haiku-4-5","input":${value}}`],
  'Responses content to Stub': [
    '/v1/responses',
    (value) => `{"model":"stub","input":[{"role":"user","content":${value}}]}`,
  ],
  'Responses tools to Claude': [
    '/v1/responses',
    (value) =>
      `{"model":"claude-haiku-4-5","stream":true,"input":"x","tools":[{"type":"function","name":"f","parameters":{"a":${value}}}]}`,
  ],
  'Claude messages': ['/v1/messages', (value) => `{"model":"claude-haiku-4-5","max_tokens":5,"messages":${value}}`],
  'Claude to OpenAI': ['/v1/messages', (value) => `{"model":"gpt-4o-mini","max_tokens":5,"messages":${value}}`],
  'Claude system to OpenAI': [
    '/v1/messages',
    (value) => `{"model":"gpt-4o-mini","max_tokens":5,"system":${value},"messages":[{"role":"user","content":"x"}]}`,
  ],
  'counted tokens': ['/v1/messages/count_tokens', (value) => `{"model":"gpt-4o-mini","messages":${value}}`],
  'Gemini contents to OpenAI': [
    '/v1beta/models/gpt-4o-mini:generateContent',
    (value) => `{"generationConfig":{"maxOutputTokens":5},"contents":${value}}`,
  ],
  'Gemini parts to Claude': [
    '/v1beta/models/claude-haiku-4-5:generateContent',
    (value) => `{"generationConfig":{"maxOutputTokens":5},"contents":[{"role":"user","parts":${value}}]}`,
  ],
  'Gemini arguments to Claude': [
    '/v1beta/models/claude-haiku-4-5:generateContent',
    (value) =>
      `{"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":${value},"n":1.0}}}]}]}`,
  ],
  'Gemini schema at Stub': [
    '/v1beta/models/stub:generateContent',
    (value) =>
      `{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","enum":${value}}}]}]}`,
  ],
  'Gemini names at Stub': [
    '/v1beta/models/stub:generateContent',
    (value) => `{"contents":[{"parts":[{"text":"x"}]}],"generation_config":${value}}`,
  ],
  'Gemini embeddings': ['/v1beta/models/stub:batchEmbedContents', (value) => `{"requests":${value}}`],
  'counted tokens of Gemini': ['/v1beta/models/gpt-4o-mini:countTokens', (value) => `{"contents":${value}}`],
  'native messages': ['/api/chat/completions', (value) => `{"provider":"stub","messages":${value}}`],
  'native stop': ['/api/chat/completions', (value) => `{"provider":"stub","prompt":"x","stop":${value}}`],
  'job metadata': ['/api/jobs', (value) => `{"provider":"stub","input":"x","metadata":{"a":${value}}}`],
  'GraphQL body': ['/graphql', (value) => value],
  'GraphQL filter': [
    '/graphql',
    (value) => `{"query":"query($i:JobFilter){jobs(filter:$i){nodes{id}}}","variables":{"i":{"models":${value}}}}`,
  ],
  'GraphQL enums': [
    '/graphql',
    (value) => `{"query":"query($i:[JobStatus!]){jobs(filter:{statuses:$i}){nodes{id}}}","variables":{"i":${value}}}`,
  ],
  'GraphQL jobs': [
    '/graphql',
    (value) => `{"query":"mutation($i:[CreateJobInput!]!){createJobs(inputs:$i){id}}","variables":{"i":${value}}}`,
  ],
  'GraphQL messages': [
    '/graphql',
    (value) =>
      `{"query":"mutation($i:CreateJobInput!){createJob(input:$i){id}}","variables":{"i":{"messages":${value}}}}`,
  ],
  'GraphQL metadata': [
    '/graphql',
    (value) =>
      `{"query":"mutation($i:CreateJobInput!){createJob(input:$i){id}}","variables":{"i":{"input":"x","metadata":{"a":${value}}}}}`,
  ],
  'GraphQL extensions': ['/graphql', (value) => `{"query":"{me{id}}","extensions":{"a":${value}}}`],
};

/** Places for a text, without its quotes. */
const textRoutes: Readonly<Record<string, readonly [path: string, create: (text: string) => string]>> = {
  'Stub prompt': [
    '/v1/chat/completions',
    (text) =>
      `{"model":"stub","tools":[{"type":"function","function":{"name":"f"}}],"messages":[{"role":"user","content":"${text}"}]}`,
  ],
  'Stub stream': ['/stream', (text) => `{"provider":"stub","prompt":"${text}"}`],
  'Stub embedding': ['/v1/embeddings', (text) => `{"model":"stub/stub","input":"${text}"}`],
  'Stub tool name': [
    '/v1/chat/completions',
    (text) =>
      `{"model":"stub","tools":[{"type":"function","function":{"name":"${text}"}}],"tool_choice":"required","messages":[{"role":"user","content":"x"}]}`,
  ],
  'OpenAI prompt': [
    '/v1/chat/completions',
    (text) => `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"${text}"}]}`,
  ],
  'OpenAI prompt to Claude': [
    '/v1/chat/completions',
    (text) => `{"model":"claude-haiku-4-5","max_tokens":5,"messages":[{"role":"user","content":"${text}"}]}`,
  ],
  'Responses prompt to Claude': ['/v1/responses', (text) => `{"model":"claude-haiku-4-5","input":"${text}"}`],
  'Responses instructions to Stub': [
    '/v1/responses',
    (text) => `{"model":"stub","stream":true,"instructions":"${text}","input":"x"}`,
  ],
  'Claude prompt to OpenAI': [
    '/v1/messages',
    (text) => `{"model":"gpt-4o-mini","max_tokens":5,"messages":[{"role":"user","content":"${text}"}]}`,
  ],
  'Gemini prompt to OpenAI': [
    '/v1beta/models/gpt-4o-mini:generateContent',
    (text) => `{"generationConfig":{"maxOutputTokens":5},"contents":[{"parts":[{"text":"${text}"}]}]}`,
  ],
  'Gemini text file to OpenAI': [
    '/v1beta/models/gpt-4o-mini:generateContent',
    (text) => `{"contents":[{"parts":[{"inlineData":{"mimeType":"text/plain","data":"${text}"}}]}]}`,
  ],
  'Gemini signature to Claude': [
    '/v1beta/models/claude-haiku-4-5:generateContent',
    (text) =>
      `{"contents":[{"parts":[{"text":"x"}]},{"role":"model","parts":[{"text":"y","thoughtSignature":"YWlhMS4u${text}"}]}]}`,
  ],
  'native prompt to OpenAI': ['/api/chat/completions', (text) => `{"provider":"openai","prompt":"${text}"}`],
  'native prompt to Ollama': ['/api/chat/completions', (text) => `{"provider":"ollama","prompt":"${text}"}`],
  'model name': ['/v1/chat/completions', (text) => `{"model":"${text}","messages":[]}`],
  'job input': ['/api/jobs', (text) => `{"provider":"stub","input":"${text}","maxTokens":1}`],
  'GraphQL document': ['/graphql', (text) => `{"query":"${text}"}`],
  'GraphQL text in a document': [
    '/graphql',
    (text) => `{"query":"{jobs(filter:{models:[\\"${text.replace(/["\\]/g, '')}\\"]}){nodes{id}}}"}`,
  ],
  'GraphQL text for a number': [
    '/graphql',
    (text) => `{"query":"query($i:Int){jobs(first:$i){nodes{id}}}","variables":{"i":"${text}"}}`,
  ],
  'GraphQL text for an enum': [
    '/graphql',
    (text) => `{"query":"query($i:[JobStatus!]){jobs(filter:{statuses:$i}){nodes{id}}}","variables":{"i":["${text}"]}}`,
  ],
  'GraphQL text for a time': [
    '/graphql',
    (text) => `{"query":"query($i:DateTime){jobs(filter:{createdFrom:$i}){nodes{id}}}","variables":{"i":"${text}"}}`,
  ],
  'GraphQL field name': [
    '/graphql',
    (text) => `{"query":"mutation($i:CreateJobInput!){createJob(input:$i){id}}","variables":{"i":{"${text}":1}}}`,
  ],
};

/** Conversations with the maximum number of messages in a body, which no list of shapes contains. */
const conversations: Readonly<Record<string, readonly [path: string, create: () => string]>> = {
  '39,000 messages at Stub': ['/v1/chat/completions', () => `{"model":"stub","messages":${messages(39_000)}}`],
  '190,000 stop sequences and a long prompt at Stub': [
    '/v1/chat/completions',
    () =>
      `{"model":"stub","stop":${short('"y"', 1)},"messages":[{"role":"user","content":"${'x '.repeat(4_000_000)}"}]}`,
  ],
  '39,000 messages to OpenAI': ['/v1/chat/completions', () => `{"model":"gpt-4o-mini","messages":${messages(39_000)}}`],
  '39,000 messages to Claude': [
    '/v1/chat/completions',
    () => `{"model":"claude-haiku-4-5","max_tokens":5,"messages":${messages(39_000)}}`,
  ],
  '39,000 messages, Claude to OpenAI': [
    '/v1/messages',
    () => `{"model":"gpt-4o-mini","max_tokens":5,"messages":${messages(39_000)}}`,
  ],
  '300,000 messages to Claude': [
    '/v1/chat/completions',
    () => `{"model":"claude-haiku-4-5","max_tokens":5,"messages":${messages(300_000)}}`,
  ],
  '39,000 contents to OpenAI': [
    '/v1beta/models/gpt-4o-mini:generateContent',
    () => `{"generationConfig":{"maxOutputTokens":5},"contents":${contents(39_000)}}`,
  ],
  '20,000 function calls of one name, and as many responses': [
    '/v1beta/models/gpt-4o-mini:generateContent',
    () => `{"generationConfig":{"maxOutputTokens":5},"contents":[{"parts":[{"text":"x"}]},${functionCalls(20_000)}]}`,
  ],
  '10,000 messages of a job': [
    '/graphql',
    () =>
      `{"query":"mutation($i:CreateJobInput!){createJob(input:$i){id}}","variables":{"i":{"provider":"stub","messages":${messages(10_000)}}}}`,
  ],
  '25,000 tools at Stub': [
    '/v1/chat/completions',
    () =>
      `{"model":"stub","tools":${tools(25_000)},"tool_choice":"required","messages":[{"role":"user","content":"x"}]}`,
  ],
  '25,000 tools to Claude': [
    '/v1/chat/completions',
    () =>
      `{"model":"claude-haiku-4-5","max_tokens":5,"tools":${tools(25_000)},"messages":[{"role":"user","content":"x"}]}`,
  ],
  '2,048 texts of 5 KB, embedded': [
    '/v1/embeddings',
    () => `{"model":"stub/stub","dimensions":128,"input":[${times(2_048, () => `"${'word '.repeat(20)}"`).join()}]}`,
  ],
  '100 jobs of 300 values': [
    '/graphql',
    () =>
      `{"query":"mutation($i:[CreateJobInput!]!){createJobs(inputs:$i){id}}","variables":{"i":[${times(100, () => `{"provider":"stub","maxTokens":1,"messages":${messages(99)}}`).join()}]}}`,
  ],
};

function messages(count: number): string {
  return `[${times(count, (i) => `{"role":"${i % 2 === 0 ? 'user' : 'assistant'}","content":"message"}`).join()}]`;
}

function contents(count: number): string {
  return `[${times(count, (i) => `{"role":"${i % 2 === 0 ? 'user' : 'model'}","parts":[{"text":"message"}]}`).join()}]`;
}

function functionCalls(count: number): string {
  const list = (part: string) => times(count, () => part).join();
  return `{"role":"model","parts":[${list('{"functionCall":{"name":"f"}}')}]},{"parts":[${list('{"functionResponse":{"name":"f"}}')}]}`;
}

function tools(count: number): string {
  return `[${times(count, (i) => `{"type":"function","function":{"name":"f${i}"}}`).join()}]`;
}

/** Creates all requests one by one, or a repeatable sample of them. */
export function* createHostileRequests(sampleSize?: number): Generator<HostileRequest> {
  const all: (() => HostileRequest)[] = [];
  for (const [route, [path, create]] of Object.entries(valueRoutes)) {
    for (const [shape, value] of Object.entries(values)) {
      all.push(() => ({ name: `${route}: ${shape}`, path, body: Buffer.from(create(value())) }));
    }
  }
  for (const [route, [path, create]] of Object.entries(textRoutes)) {
    for (const [shape, text] of Object.entries(texts)) {
      all.push(() => ({ name: `${route}: ${shape}`, path, body: Buffer.from(create(text())) }));
    }
  }
  const fixed = Object.entries(conversations).map(([name, [path, create]]) => () => ({
    name,
    path,
    body: Buffer.from(create()),
  }));
  const random = randomNumbers(20_261_129);
  const shuffled = all.map((create) => ({ create, order: random() })).sort((left, right) => left.order - right.order);
  const sample = shuffled.slice(0, sampleSize).map(({ create }) => create);
  for (const create of [...fixed, ...sample]) yield create();
}

/** Mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
