import { describe, expect, it } from 'vitest';
import type { RecordedExchange } from './recording-proxy.ts';
import { judge, scenarios } from './scenarios.ts';

const mark = 'mark-1';
const result = { code: 0, output: 'Bonjour, you', isTimedOut: false };
const exchange = (body: string, status = 200): RecordedExchange => ({
  method: 'POST',
  path: '/v1/messages',
  headers: {},
  body,
  status,
  responseHeaders: {},
  responseBody: 'why',
});
const upstreamRequest = (body: unknown) => ({ method: 'POST', path: '/', headers: {}, body, aborted: false });

function judgeScenario(
  name: string,
  changes: Partial<Parameters<typeof judge>[1]>,
  kind: 'claude' | 'stub' = 'claude',
) {
  const scenario = scenarios.find((one) => one.name === name) ?? expect.unreachable();
  return judge(scenario, { result, exchanges: [exchange(`${mark}-first`)], upstream: [], ...changes }, kind, mark);
}

describe('a prompt', () => {
  it('passes if the agent shows the reply', () => {
    expect(judgeScenario('prompt', {})).toBeUndefined();
  });

  it.each([
    ['shows no reply', { result: { ...result, output: 'Hi' } }],
    ['did not end in time', { result: { ...result, isTimedOut: true } }],
    ['ended with 1', { result: { ...result, code: 1 } }],
    ['got 400: why', { exchanges: [exchange(`${mark}-first`, 400), exchange(`${mark}-first`)] }],
    ['has sent no request', { exchanges: [] }],
    ['the prompt has not come in', { exchanges: [exchange('other')] }],
  ])('fails with the reason: %s', (fault, changes) => {
    expect(judgeScenario('prompt', changes)).toMatch(
      new RegExp(fault.replace('shows no', 'does not show the model.s')),
    );
  });
});

it('fails a second turn whose session lacks the first one', () => {
  const whole = `${mark}-first Bonjour ${mark}-second`;
  expect(judgeScenario('second turn', { exchanges: [exchange(whole)] })).toBeUndefined();
  for (const part of [`${mark}-second Bonjour`, `${mark}-first ${mark}-second`, `${mark}-first Bonjour`]) {
    expect(judgeScenario('second turn', { exchanges: [exchange(part)] })).toContain('has not come in');
  }
});

it('fails a tool loop whose result does not reach the provider', () => {
  const exchanges = [exchange(`printf ${mark}-%d 42`), exchange(`${mark}-42`)];
  expect(
    judgeScenario('tool loop', { exchanges, upstream: [upstreamRequest({ text: `${mark}-42` })] }),
  ).toBeUndefined();
  expect(judgeScenario('tool loop', { exchanges })).toContain('the provider has not got');
  expect(judgeScenario('tool loop', { exchanges }, 'stub')).toBeUndefined();
  expect(judgeScenario('tool loop', { exchanges: exchanges.slice(0, 1) }, 'stub')).toContain('has not come in');
});

it('fails an image that does not reach the provider in its protocol', () => {
  const source = { type: 'base64', data: 'AAAA', media_type: 'image/png' };
  const isImage = (body: unknown) => judgeScenario('image', { upstream: [upstreamRequest(body)] });
  expect(isImage({ type: 'image', source })).toBeUndefined();
  expect(isImage({ image_url: { url: 'data:image/png;base64,AAAA' } })).toContain('the provider has got no image');
  expect(judgeScenario('image', {}, 'stub')).toContain('the agent has sent no image');
  expect(judgeScenario('image', { exchanges: [exchange(JSON.stringify({ source }))] }, 'stub')).toBeUndefined();
});
