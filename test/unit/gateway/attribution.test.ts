import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readAttribution } from '../../../src/gateway/attribution.ts';

const principal = { endUser: null, requireEndUser: false, tagNames: ['team', 'env'] };
const hash = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('the end user', () => {
  it.each([
    [{ user: 'u1', body: { user: 'u2' } }, 'u1'],
    [{ body: { user: 'u2', safety_identifier: 'u3' } }, 'u2'],
    [{ body: { safety_identifier: 'u3' } }, 'u3'],
    [{ body: { metadata: { user_id: 'u4' } } }, 'u4'],
    [{ body: { metadata: { user_id: 4 }, user: null } }, undefined],
    [{ body: { metadata: 'x', user: '' } }, undefined],
    [{ user: '', body: { user: 'ключ и слово' } }, 'ключ и слово'],
    [{ body: { user: '(other)' } }, undefined],
    [{ body: { user: 'x'.repeat(128) } }, 'x'.repeat(128)],
    [{ body: { user: 'x'.repeat(129) } }, hash('x'.repeat(129))],
    [{ body: { user: 'a\u0000b' } }, hash('a\u0000b')],
    [{ body: { user: 'a\nb' } }, hash('a\nb')],
  ])('of %o is %s', (sources, expected) => {
    expect(readAttribution(principal, sources).endUser).toBe(expected);
  });

  it('is that of the key first', () => {
    expect(readAttribution({ ...principal, endUser: 'k' }, { user: 'u1' }).endUser).toBe('k');
  });
});

describe('the user id of Claude Code', () => {
  it.each([
    ['user_d1_account_a-1_session_s-1', 'a-1', 's-1'],
    ['user_d1_account__session_s-1', 'd1', 's-1'],
    ['{"device_id":"d1","account_uuid":"a1","session_id":"s1"}', 'a1', 's1'],
    ['{"device_id":"d1","account_uuid":"","session_id":"s1"}', 'd1', 's1'],
    ['{"other":1}', '{"other":1}', undefined],
    ['{broken', '{broken', undefined],
    ['user_1', 'user_1', undefined],
  ])('%s is parsed', (text, endUser, sessionId) => {
    expect(readAttribution(principal, { body: { metadata: { user_id: text } } })).toMatchObject({ endUser, sessionId });
  });

  it('is not matched in a long text, which would take long', () => {
    const text = 'user_a_account_'.repeat(100_000);
    const startedAt = performance.now();
    expect(readAttribution(principal, { body: { metadata: { user_id: text } } }).endUser).toBe(hash(text));
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

it('prefers the session of the header, then of the body, then of Claude Code', () => {
  const body = { metadata: { user_id: 'user_d_account_a_session_b' } };
  const session = (sources: object) => readAttribution(principal, sources).sessionId;
  expect(session({ session: 'h', body, claudeCodeSession: 'c' })).toBe('h');
  expect(session({ body, claudeCodeSession: 'c' })).toBe('b');
  expect(session({ claudeCodeSession: 'c' })).toBe('c');
});

describe('tags', () => {
  it('keeps those that the tenant has declared', () => {
    const { tags } = readAttribution(principal, { tags: ' team = a b=c , other=x,env=prod' });
    expect(tags).toEqual({ team: 'a b=c', env: 'prod' });
    expect(readAttribution(principal, { tags: 'other=x' }).tags).toBeUndefined();
    expect(readAttribution(principal, { tags: ' ' }).tags).toBeUndefined();
  });

  it.each([
    'team',
    'team=',
    '=x',
    '1team=x',
    'team=x,',
    `team=${'x'.repeat(129)}`,
    'a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1',
  ])('refuses %s', (tags) => {
    expect(() => readAttribution(principal, { tags })).toThrow('x-gateway-tags');
  });
});
