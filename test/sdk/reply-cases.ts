import { expect } from 'vitest';
import type { MatrixCase } from './matrix-case.ts';
import { type ModelRequest, object, type Reply, type ToolSpec, type Turn } from './normal-form.ts';

/** What is asked and what has to come back, for every client and provider alike. A word is why a matrixCase has no answer to that. */
export interface Case {
  readonly name: string;
  /** Resolves with the reply that all clients have to get alike from one provider, streamed or not. */
  run(matrixCase: MatrixCase): Promise<Reply | undefined>;
}

const spokenText = 'Grüße aus 東京, «zitiert» "quoted" \\ 👩‍👩‍👧‍👦 und zurück.';

const weather: ToolSpec = { name: 'get_weather', parameters: object({ city: { type: 'string' } }) };
const time: ToolSpec = {
  name: 'get_time',
  parameters: object({ zone: { type: 'string' }, exact: { type: 'boolean' } }),
};
const tools = [weather, time];
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

async function sendScenario(
  matrixCase: MatrixCase,
  text: string,
  more: Omit<ModelRequest, 'turns'> = {},
): Promise<Reply> {
  return await matrixCase.send({ turns: [{ role: 'user', text: matrixCase.prompt(text) }], ...more });
}

function expectUsage({ usage }: Reply): void {
  expect(usage.input).toBeGreaterThan(0);
  expect(usage.output).toBeGreaterThan(0);
}

function expectText(reply: Reply, text: string): void {
  expect(reply).toMatchObject({ text: expect.stringMatching(/./), toolCalls: [], finish: 'stop' });
  expect(reply.text.endsWith(text), `${JSON.stringify(reply.text)} ends with ${JSON.stringify(text)}`).toBe(true);
  expectUsage(reply);
}

/** Checks the tool calls against the schemas of the tools, then the reply of the model to their results. */
async function expectRoundTrip(
  matrixCase: MatrixCase,
  reply: Reply,
  { question, called }: { question: Turn; called: ToolSpec[] },
) {
  expect(reply).toMatchObject({ text: '', finish: 'tool_calls' });
  expect(reply.toolCalls.map(({ name }) => name)).toEqual(called.map(({ name }) => name));
  for (const [index, { name, input }] of reply.toolCalls.entries()) {
    expect(Object.keys(Object(input)), name).toEqual(Object.keys(Object(called[index]?.parameters.properties)));
  }
  expect(new Set(reply.toolCalls.map(({ id }) => id)).size).toBe(called.length);
  expectUsage(reply);
  const results = reply.toolCalls.map(({ id, name }) => ({ id, text: `${name} says ☔` }));
  const turns: Turn[] = [
    question,
    { role: 'assistant', text: '', toolCalls: reply.toolCalls },
    { role: 'results', results },
  ];
  const last = await matrixCase.send({ turns, tools });
  for (const { text } of results) expect(last.text).toContain(text);
  expect(last).toMatchObject({ toolCalls: [], finish: 'stop' });
}

async function runTools(
  matrixCase: MatrixCase,
  called: ToolSpec[],
  more: Omit<ModelRequest, 'turns'> = {},
): Promise<Reply> {
  const named = (more.oneToolAtATime ? tools : called).map(({ name }) => `[[tool:${name}]]`).join(' ');
  const text = more.toolChoice ? 'Use any tool.' : `${named} What is it like?`;
  const question: Turn = { role: 'user', text: matrixCase.prompt(text) };
  const reply = await matrixCase.send({ turns: [question], tools, ...more });
  await expectRoundTrip(matrixCase, reply, { question, called });
  return reply;
}

export const replyCases: readonly Case[] = [
  {
    name: 'text',
    run: async (matrixCase) => {
      const reply = await sendScenario(matrixCase, spokenText);
      expectText(reply, spokenText);
      return reply;
    },
  },
  {
    name: 'multi-turn',
    run: async (matrixCase) => {
      const turns: Turn[] = [
        { role: 'user', text: 'First I said this.' },
        { role: 'assistant', text: 'Then you said that.' },
        { role: 'user', text: matrixCase.prompt(spokenText) },
      ];
      const reply = await matrixCase.send({ turns });
      expectText(reply, spokenText);
      const [request] = await matrixCase.findRequests();
      if (!matrixCase.provider.isStub)
        expect(request?.body).toMatch(/First I said this\..*Then you said that\..*Grüße/);
      return reply;
    },
  },
  { name: 'tools', run: (matrixCase) => runTools(matrixCase, [weather]) },
  { name: 'parallel tools', run: (matrixCase) => runTools(matrixCase, [weather, time]) },
  { name: 'one tool at a time', run: (matrixCase) => runTools(matrixCase, [weather], { oneToolAtATime: true }) },
  { name: 'some tool', run: (matrixCase) => runTools(matrixCase, [weather], { toolChoice: 'required' }) },
  { name: 'a certain tool', run: (matrixCase) => runTools(matrixCase, [time], { toolChoice: { name: time.name } }) },
  {
    name: 'JSON schema',
    run: async (matrixCase) => {
      const schema = object({ city: { type: 'string' }, degrees: { type: 'number' }, isWet: { type: 'boolean' } });
      const reply = await sendScenario(matrixCase, 'How is it?', { schema });
      expect(JSON.parse(reply.text)).toEqual({
        city: expect.any(String),
        degrees: expect.any(Number),
        isWet: expect.any(Boolean),
      });
      expect(reply.finish).toBe('stop');
      expectUsage(reply);
      return reply;
    },
  },
  { name: 'image', run: (matrixCase) => runImage(matrixCase, png, { png }) },
  {
    name: 'image by URL',
    run: (matrixCase) => runImage(matrixCase, 'https://pictures.test/1.png', { url: 'https://pictures.test/1.png' }),
  },
  {
    name: 'stop',
    run: async (matrixCase) => {
      const reply = await sendScenario(matrixCase, 'Seven geese HALT and fly.', { stop: ['never', 'HALT'] });
      expectText({ ...reply, text: reply.text.trimEnd() }, 'Seven geese');
      return reply;
    },
  },
  {
    name: 'max tokens',
    run: async (matrixCase) => {
      const text = 'One two three four five six seven.';
      const reply = await sendScenario(matrixCase, text, { maxTokens: 4 });
      expect(reply).toMatchObject({ finish: 'length', usage: { output: 4 } });
      expect(reply.text.trim()).toMatch(/\w/);
      expect(`Stub reply to: ${text}`).toContain(reply.text.trim());
      return reply;
    },
  },
  {
    name: 'refusal',
    run: async (matrixCase) => {
      const reply = await matrixCase.sendText(matrixCase.provider.isStub ? '[[refuse]]' : '[[scenario:refusal]] Hi');
      // Ollama has no word for it: there a refusal is what the model says.
      const finish = matrixCase.provider.name === 'ollama' ? 'stop' : 'refusal';
      expect(reply).toMatchObject({ toolCalls: [], finish });
      // Claude's has no words.
      if (matrixCase.provider.name !== 'claude') expect(reply.text).toMatch(/can't help|refuses/);
      expectUsage(reply);
      return reply;
    },
  },
];

async function runImage(
  matrixCase: MatrixCase,
  sent: string,
  image: { png: string } | { url: string },
): Promise<Reply> {
  const reply = await matrixCase.send({ turns: [{ role: 'user', text: matrixCase.prompt(spokenText), image }] });
  expectText(reply, spokenText);
  if (!matrixCase.provider.isStub) expect((await matrixCase.findRequests())[0]?.body).toContain(sent);
  return reply;
}
