import { describe, expect, it } from 'vitest';
import { createApiKeyText } from '../../../src/auth/key-format.ts';
import { BodyCollector, maxBodyBytes } from '../../../src/request-log/body-collector.ts';
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
  ])('masks %s', (text) => {
    const masked = maskSecretText(JSON.stringify({ text }), []);
    expect(masked).not.toContain(canary.slice(4, 14));
    expect(maskSecretText(text, [])).not.toContain(canary.slice(10));
  });

  it('masks keys of the gateway, and a key that is named', () => {
    const key = createApiKeyText();
    expect(maskSecretText(`use ${key}, or plain-${canary}`, [`plain-${canary}`])).toBe('use [redacted], or [redacted]');
  });

  it.each([
    'The basic idea is a token ring.',
    '{"max_tokens":100,"messages":[{"role":"user","content":"Who owns the secret: we do?"}]}',
    'pa-per and up_to_date_things_of_any_length',
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
