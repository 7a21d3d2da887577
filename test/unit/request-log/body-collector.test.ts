import { describe, expect, it } from 'vitest';
import { createApiKeyText } from '../../../src/auth/key-format.ts';
import { BodyCollector, maxBodyBytes } from '../../../src/request-log/body-collector.ts';
import { maskLogProbabilities } from '../../../src/request-log/mask-log-probabilities.ts';
import { maskSecretText } from '../../../src/request-log/mask-secrets.ts';
import { maskStreamText } from '../../../src/request-log/mask-stream.ts';

const canary = 'Q7x9Zk2Lm4Np8Rt6Vw3Yb5';

describe('maskSecretText', () => {
  it.each([
    `sk-proj-${canary}`,
    `sk-ant-api03-${canary}`,
    `gsk_${canary}`,
    `AIza${canary}`,
    `AQ.${canary}`,
    `jina_${canary}`,
    `pa-${canary}`,
    `up_${canary}`,
    `vck_${canary}`,
    `ABSK${canary}`,
    `github_pat_${canary}`,
    `whsec_${canary}`,
    `whsec_${canary.slice(0, 10)}\\/${canary.slice(10)}`,
    `Bearer ${canary}`,
    `Authorization: Basic ${canary}=`,
    `x-api-key: ${canary}`,
    `{"headers":{"Authorization":"${canary}"}}`,
    `{"api_key": "${canary}", "a": 1}`,
    `{"arguments":"{\\"clientSecret\\":\\"${canary}\\"}"}`,
    `eyJhbGciOiJI.${canary}.${canary}`,
    `-----BEGIN PRIVATE KEY-----\\n${canary}\\n-----END PRIVATE KEY-----`,
    `-----BEGIN RSA PRIVATE KEY-----\\nProc-Type: 4,ENCRYPTED\\n\\n${canary}\\n-----END RSA PRIVATE KEY-----`,
    `-----BEGIN PGP PRIVATE KEY BLOCK-----\\n${canary}\\n-----END PGP PRIVATE KEY BLOCK-----`,
    `{"Authorization":["${canary}"]}`,
    `{"password":"a\\"b ${canary}"}`,
    `{"password":"it's ${canary}"}`,
    `{"arguments":"{\\"password\\":\\"a\\\\\\"b ${canary}\\"}"}`,
    `{"text":"{'password': 'say \\"${canary}'}"}`,
    `{"access_token":"${'a '.repeat(3_000)}${canary}"}`,
    `cookie: ${'a=b; '.repeat(1_000)}session=${canary}`,
  ])('masks %s', (text) => {
    const masked = maskSecretText(JSON.stringify({ text }), []);
    expect(masked).not.toContain(canary.slice(4, 14));
    expect(maskSecretText(text, [])).not.toContain(canary.slice(10));
  });

  it.each([
    ['an escaped letter', `{"text":"\\u0073k-proj-${canary}"}`],
    ['an escaped hyphen', `{"text":"sk\\u002Dproj\\u002d${canary}"}`],
    ['an escaped name of a field', `{"p\\u0061ssword":"${canary}"}`],
    ['quotes that are escaped by their numbers', `{"arguments":"{\\u0022password\\u0022:\\u0022${canary}\\u0022}"}`],
    ['escapes in JSON that is quoted inside JSON', `{"arguments":"{\\"a\\":\\"\\\\u0073k-proj-${canary}\\"}"}`],
    ['escaped slashes', `{"header":"Bearer abcdefgh1\\/${canary}"}`],
    ['a named key with escapes', `{"text":"plain\\u002d${canary}"}`],
  ])('masks a secret behind %s, and leaves valid JSON', (_, text) => {
    const masked = maskSecretText(text, [`plain-${canary}`]);
    expect(masked).not.toContain(canary.slice(4, 14));
    expect(JSON.stringify(JSON.parse(masked))).toContain('[redacted]');
  });

  it('ends a value where its string ends', () => {
    expect(maskSecretText('{"secret":"a\\\\","next":"b"}', [])).toBe('{"secret":"[redacted]","next":"b"}');
    expect(maskSecretText('{"a":"{\\"secret\\":\\"b\\\\\\\\\\",\\"c\\":1}","d":2}', [])).toBe(
      '{"a":"{\\"secret\\":\\"[redacted]\\",\\"c\\":1}","d":2}',
    );
    expect(maskSecretText(`{"a":"'secret': 'cut","b":1}`, [])).toBe(`{"a":"'secret': '[redacted]","b":1}`);
  });

  it.each([
    ...['eyJ-', 'eyJ', 'sk-', 'AQ.1', '"secret":"', "'secret':'", '"secret"  ', 'authorization:', 'Bearer ', 'Token\t'],
    ...[
      '\\',
      '\\/',
      '\\u005c',
      '-----BEGIN PRIVATE KEY-----',
      '-----BEGIN A',
      '"text":"',
      '"text"  :',
      '{"logprobs":[',
      '"index":',
    ],
  ])('takes milliseconds for a body of %j', (unit) => {
    const text = unit.repeat(68_000 / unit.length);
    const startedAtMs = performance.now();
    maskStreamText(maskLogProbabilities(text), []);
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
  });

  it('masks keys of the gateway, and a key that is named', () => {
    const key = createApiKeyText();
    expect(maskSecretText(`use ${key}, or plain-${canary}`, [`plain-${canary}`])).toBe('use [redacted], or [redacted]');
  });

  it.each([
    'The basic idea is a token ring.',
    '{"max_tokens":100,"messages":[{"role":"user","content":"Who owns the secret: we do?"}]}',
    'pa-per and up_to_date_things_of_any_length',
    'A token bucket is a basic example, as bearer tokens are.',
    '{"text":"a \\u0061 \\/ \\\\u0061"}',
  ])('leaves %s as it is', (text) => {
    expect(maskSecretText(text, [])).toBe(text);
  });
});

describe('maskStreamText', () => {
  it('masks a secret that a model writes over several events', () => {
    const pieces = ['The key is ', 'sk-', 'proj-Q7x9', 'Zk2Lm4Np8Rt6', 'Vw3Yb5', ' and no', ' more.'];
    const stream = pieces.map((content) => `data: {"choices":[{"delta":{"content":"${content}"}}]}\n\n`).join('');
    const masked = maskStreamText(`${stream}data: [DONE]\n\n`, []);
    for (const piece of ['proj-Q7x9', 'Zk2Lm4Np8Rt6', 'Vw3Yb5']) expect(masked).not.toContain(piece);
    expect(masked).toContain('The key is ');
    expect(masked).toContain(' and no');
    expect(masked.match(/^data: /gm)).toHaveLength(8);
  });

  it.each([
    [
      'two choices',
      (content: string, index: number) => `{"choices":[{"index":${index},"delta":{"content":"${content}"}}]}`,
    ],
    ['two items', (delta: string, index: number) => `{"delta":"${delta}","output_index":${index}}`],
    ['two ids', (delta: string, index: number) => `{"item_id":"msg_${index}","delta":"${delta}"}`],
  ])('masks a secret that is written between the parts of another text: %s', (_, write) => {
    const pieces = ['The key is s', 'k-proj-Q7x9', 'Zk2Lm4Np8Rt6', 'Vw3Yb5'];
    const events = pieces.flatMap((piece) => [write(piece, 0), write('another text ', 1)]);
    const masked = maskStreamText(events.map((event) => `data: ${event}\n\n`).join(''), []);
    expect(masked).not.toMatch(/Q7x9|Zk2L|Vw3Y/);
    expect(masked.match(/another text/g)).toHaveLength(4);
  });

  it('masks a secret whose choices come in one event', () => {
    const pieces = ['The key is s', 'k-proj-Q7x9', 'Zk2Lm4Np8Rt6', 'Vw3Yb5'];
    const write = (content: string, index: number) => `{"index":${index},"delta":{"content":"${content}"}}`;
    const events = pieces.map((piece) => `data: {"choices":[${write('a text ', 0)},${write(piece, 1)}]}\n\n`);
    expect(maskStreamText(events.join(''), [])).not.toMatch(/Q7x9|Zk2L|Vw3Y/);
  });

  it('masks a secret behind escapes in several events', () => {
    const pieces = ['\\u0073k', '\\u002dproj-Q7x9', 'Zk2Lm4Np8Rt6'];
    const stream = pieces.map((content) => `data: {"delta":{"content":"${content}"}}\n\n`).join('');
    expect(maskStreamText(stream, [])).not.toMatch(/Q7x9|Zk2L/);
  });

  it('masks the rest of a secret in a part that is cut', () => {
    const stream = `data: {"delta":{"content":"sk-proj-Q7x9"}}\n\ndata: {"delta":{"content":"Zk2Lm4Np8Rt6`;
    expect(maskStreamText(stream, [])).not.toMatch(/Q7x9|Zk2L/);
  });

  it('leaves a stream without secrets as it is', () => {
    const stream = 'data: {"delta":{"content":"Hel"}}\n\ndata: {"delta":{"content":"lo \\"you\\""}}\n\n';
    expect(maskStreamText(stream, [])).toBe(stream);
  });
});

describe('BodyCollector', () => {
  const collect = (text: string, chunkBytes = 1_000) => {
    const collector = new BodyCollector();
    const bytes = new TextEncoder().encode(text);
    for (let start = 0; start < bytes.byteLength; start += chunkBytes) {
      collector.append(bytes.subarray(start, start + chunkBytes));
    }
    return collector.mask([], { isStream: false });
  };

  it('keeps a body that fits as it is', () => {
    const text = 'ü'.repeat(maxBodyBytes / 2);
    expect(collect(text)).toEqual({ text, isCut: false });
    expect(collect('')).toBeUndefined();
  });

  it('cuts a longer one at a whole character', () => {
    const kept = collect(`a${'ü'.repeat(maxBodyBytes)}`);
    expect(kept?.isCut).toBe(true);
    expect(kept?.text).toMatch(/^aü+$/);
    expect(new TextEncoder().encode(kept?.text).byteLength).toBe(maxBodyBytes - 1);
  });

  it('leaves out log probabilities, which write a text token by token', () => {
    const token = (text: string) => ({
      token: text,
      logprob: -0.1,
      bytes: [...new TextEncoder().encode(text)],
      top_logprobs: [],
    });
    const logprobs = { content: ['sk-', 'proj-', 'Q7x9Zk2L', '"}]'].map(token) };
    const choice = { index: 0, logprobs, message: { content: 'Hello' } };
    const kept = collect(JSON.stringify({ choices: [choice], logprobs: [], logprobsResult: logprobs }));
    expect(JSON.parse(kept?.text ?? '')).toEqual({
      choices: [{ ...choice, logprobs: '[redacted]' }],
      logprobs: [],
      logprobsResult: '[redacted]',
    });
    expect(collect('{"logprobs":{"content":[{"token":"sk-')?.text).toBe('{"logprobs":"[redacted]"');
  });

  it.each([10, 1, -1, -30, 4_000, 4_096, 4_110])('masks a secret that begins %d bytes before an end', (distance) => {
    for (const end of [maxBodyBytes, maxBodyBytes + 4_096]) {
      const kept = collect(
        `${'x '.repeat((end - distance) / 2)} sk-proj-${canary}${'y'.repeat(40)} ${'z '.repeat(9_000)}`,
      );
      expect(kept?.isCut).toBe(true);
      expect(kept?.text).not.toMatch(/sk-|Q7x/);
    }
  });

  it('keeps no beginning of a secret that moves forward where others are masked before it', () => {
    const others = `sk-proj-${canary}${canary}${canary} `.repeat(80);
    const filler = 'x '.repeat((maxBodyBytes + 4_096 - others.length - 5) / 2);
    const kept = collect(`${others}${filler}sk-proj-${canary}${'z'.repeat(9_000)}`);
    expect(kept?.text).not.toMatch(/sk-|Q7x/);
  });
});
