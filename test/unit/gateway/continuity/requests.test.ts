import { expect, it } from 'vitest';
import { createContinuityApp } from './continuity-app.ts';

const post = (app: ReturnType<typeof createContinuityApp>, path: string, body: string) =>
  app.fetch(`http://gateway${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

const digits = '{"id":2512292042121000001,"f":1.0,"e":1e400}';
const schema = '{"type":"object","properties":{"id":{"maximum":9223372036854775807,"minimum":0.0}}}';
const anthropicBody = (model: string) =>
  `{"model":"${model}","max_tokens":50,"tools":[{"name":"q","input_schema":${schema}}],"messages":[{"role":"user","content":"w"},` +
  `{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"q","input":${digits}}]},` +
  `{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"0"}]}]}`;
const openAiBody = (model: string) =>
  `{"model":"${model}","tools":[{"type":"function","function":{"name":"q","parameters":${schema}}}],"messages":[{"role":"user","content":"w"},` +
  `{"role":"assistant","content":null,"tool_calls":[{"id":"functions.q:0","type":"function","function":{"name":"q","arguments":${JSON.stringify(digits)}}}]},` +
  `{"role":"tool","tool_call_id":"functions.q:0","content":"0"}]}`;

it.each([
  ['mistral', '/v1/messages', anthropicBody, JSON.stringify(digits)],
  ['ollama', '/v1/messages', anthropicBody, digits],
  ['ollama', '/v1/chat/completions', openAiBody, digits],
  ['claude', '/v1/chat/completions', openAiBody, digits],
] as const)('%s gets the digits of arguments and schemas from %s', async (vendor, path, bodyOf, sent) => {
  const app = createContinuityApp();
  const response = await post(app, path, bodyOf(app.modelOf(vendor)));
  expect(await response.text()).toContain('done');
  const [text = ''] = app.vendors[vendor].receivedTexts;
  expect(text).toContain(sent);
  expect(text).toContain('"maximum":9223372036854775807,"minimum":0.0');
});

it.each(['ollama', 'claude'] as const)(
  '%s gets the digits of arguments that a client sent as an object',
  async (vendor) => {
    const app = createContinuityApp();
    const call = `{"id":"c1","type":"function","function":{"name":"q","arguments":${digits}}}`;
    const legacy = `{"role":"assistant","content":null,"function_call":{"name":"q","arguments":${digits}}}`;
    const body =
      `{"model":"${app.modelOf(vendor)}","messages":[{"role":"user","content":"w"},` +
      `{"role":"assistant","content":null,"tool_calls":[${call}]},{"role":"tool","tool_call_id":"c1","content":"0"},` +
      `${legacy},{"role":"function","name":"q","content":"0"}]}`;
    await (await post(app, '/v1/chat/completions', body)).text();
    expect(app.vendors[vendor].receivedTexts[0]?.split(digits)).toHaveLength(3);
  },
);

it('sends Claude an id that it takes, for call and result', async () => {
  const app = createContinuityApp();
  await post(app, '/v1/chat/completions', openAiBody(app.modelOf('claude')));
  const ids = [...(app.vendors.claude.receivedTexts[0] ?? '').matchAll(/"(?:id|tool_use_id)":"([^"]*)"/g)];
  expect(ids).toHaveLength(2);
  expect(ids[0]?.[1]).toBe(ids[1]?.[1]);
});

it('gives DeepSeek unsigned thinking beside tool calls, and Mistral none', async () => {
  const bodyOf = (model: string) =>
    JSON.stringify({
      model,
      max_tokens: 50,
      messages: [
        { role: 'user', content: 'w' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'call it', signature: '' },
            { type: 'tool_use', id: 'c1', name: 'f', input: {} },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'ok' }] },
      ],
    });
  const app = createContinuityApp();
  await post(app, '/v1/messages', bodyOf(app.modelOf('deepseek')));
  await post(app, '/v1/messages', bodyOf(app.modelOf('mistral')));
  expect(app.vendors.deepseek.receivedTexts[0]).toContain('"reasoning_content":"call it"');
  expect(app.vendors.mistral.receivedTexts[0]).not.toContain('reasoning_content');
});

it('passes a body on byte for byte but for opaque values', async () => {
  const app = createContinuityApp();
  const before = `{ "model":"${app.modelOf('mistral')}" ,"messages":[{"role":"user","content":"aia1.x"},{"role":"assistant","content":"a", `;
  await post(
    app,
    '/v1/chat/completions',
    `${before}"reasoning_details":[{"type":"reasoning.encrypted","data":"aia1.x"}] , "x": 1.0}]}`,
  );
  const expected = before.replace(app.modelOf('mistral'), app.vendors.mistral.model);
  expect(app.vendors.mistral.receivedTexts[0]).toBe(`${expected}"x": 1.0}]}`);
});

it('never refuses a value that cannot be read', async () => {
  const app = createContinuityApp();
  const body = JSON.parse(anthropicBody(app.modelOf('google')));
  body.messages[1].content.unshift({ type: 'thinking', thinking: 'x', signature: 'aia1.AAAA' });
  const response = await post(app, '/v1/messages', JSON.stringify(body));
  expect(response.status).toBe(200);
  expect(app.vendors.google.receivedTexts[0]).toContain('skip_thought_signature_validator');
});
