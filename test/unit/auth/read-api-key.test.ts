import { describe, expect, it } from 'vitest';
import { keyHeaders, readApiKey } from '../../../src/auth/read-api-key.ts';

const url = 'http://gateway.test/v1/models';
const value = (header: string, key: string) => (header === 'Authorization' ? `Bearer ${key}` : key);
const headersWith = (keys: readonly (readonly [string, string])[]) =>
  new Headers(keys.map(([header, key]) => [header, value(header, key)]));
const read = (...keys: readonly (readonly [string, string])[]) => readApiKey({ headers: headersWith(keys), url });

const vendorKeys = [
  'sk-proj-a1',
  'sk-ant-api03-b2',
  'sk-ant-oat01-b3',
  'sk-or-v1-c3',
  'gsk_d4',
  'AIzaSyE5',
  'AQ.Ab8f',
  'xai-f6',
  'hf_g7',
  'nvapi-h8',
  'pplx-i9',
  'ghp_j0',
  'ABSKk1',
];

describe.each(keyHeaders)('%s', (header) => {
  it('carries the key', () => {
    expect(read([header, 'aia_1'])).toBe('aia_1');
    expect(read([header, '  aia_1 '])).toBe('aia_1');
  });

  it('may carry the same key beside any other header', () => {
    for (const other of keyHeaders) expect(read([header, 'aia_1'], [other, 'aia_1'])).toBe('aia_1');
  });

  it("may carry the key beside vendors' own keys in all other headers", () => {
    const others = keyHeaders.filter((other) => other !== header);
    for (const vendorKey of vendorKeys) {
      expect(read([header, 'own'], ...others.map((other) => [other, vendorKey] as const))).toBe('own');
    }
  });

  it.each(keyHeaders.filter((other) => other !== header))('is named with %s where both carry a key', (other) => {
    const names = keyHeaders.filter((name) => name === header || name === other).join(' and ');
    const conflict = `${names} carry different keys: send the key of this gateway once, or the same key in each of them.`;
    expect(() => read([header, 'aia_1'], [other, 'aia_2'])).toThrow(conflict);
  });

  it("carries a vendor's key alone, which authentication rejects", () => {
    expect(read([header, 'sk-proj-a1'])).toBe('sk-proj-a1');
  });

  it('is absent where it is empty', () => {
    const headers = headersWith([[header, ' ']]);
    expect(() => readApiKey({ headers, url })).toThrow(
      'No API key: send it as X-API-Key, or as Authorization: Bearer.',
    );
  });

  it('may be sent twice with one key of this gateway', () => {
    const repeated = (first: string, second: string) => {
      const headers = headersWith([[header, first]]);
      headers.append(header, value(header, second));
      return readApiKey({ headers, url });
    };
    expect(repeated('aia_1', 'aia_1')).toBe('aia_1');
    expect(repeated('sk-1', 'aia_1')).toBe('aia_1');
    expect(() => repeated('aia_1', 'aia_2')).toThrow(`Several ${header} headers carry different keys: `);
  });
});

it('sets no vendor key aside for another vendor key', () => {
  const conflict = 'X-API-Key and Authorization carry different keys of providers: ';
  expect(() => read(['x-api-key', 'sk-ant-1'], ['Authorization', 'sk-proj-2'])).toThrow(conflict);
});

it('names only the headers whose keys are left', () => {
  const keys = [
    ['x-gateway-key', 'aia_1'],
    ['x-api-key', 'sk-ant-1'],
    ['api-key', 'aia_2'],
  ] as const;
  expect(() => read(...keys)).toThrow('X-Gateway-Key and api-key carry different keys: ');
});

it('writes no key into an error', () => {
  const errorOf = (...keys: readonly (readonly [string, string])[]) => {
    try {
      return read(...keys);
    } catch (error) {
      return String(error);
    }
  };
  expect(errorOf(['x-api-key', 'aia_canary'], ['api-key', 'other-canary'])).not.toContain('canary');
  expect(errorOf(['x-api-key', 'sk-canary'], ['api-key', 'gsk_canary'])).not.toContain('canary');
});

it('ignores another scheme of Authorization beside a key', () => {
  const headers = new Headers({ 'x-gateway-key': 'aia_1', authorization: 'Basic YTpi' });
  expect(readApiKey({ headers, url })).toBe('aia_1');
});

describe('a key in the URL', () => {
  const headers = new Headers({ 'x-api-key': 'aia_1' });

  it.each([
    'key',
    'KEY',
    'apikey',
    'apiKey',
    'api_key',
    'api-key',
    'x-api-key',
    'x_goog_api_key',
    'x-gateway-key',
    'subscription-key',
    'access_token',
    'token',
    'authorization',
    '%6bey',
  ])('is rejected as %s, with the header to use', (name) => {
    for (const query of [`?${name}=aia_1`, `?alt=sse&${name}=`, `?${name}`]) {
      const call = () => readApiKey({ headers, url: `${url}${query}` });
      expect(call).toThrow(`A URL cannot carry the API key (${decodeURIComponent(name)}), because URLs are logged: `);
      expect(call).toThrow('send it in the header X-API-Key, or as Authorization: Bearer.');
      expect(call).not.toThrow('aia_1');
    }
  });

  it.each([
    '?beta=true',
    '?api-version=2024-10-21',
    '?keys=1&monkey=2&max_tokens=3',
    '?query={job(key:1)}',
    '?first=key',
  ])('is not what %s has', (query) => {
    expect(readApiKey({ headers, url: `${url}${query}` })).toBe('aia_1');
  });
});

describe('the subprotocol of a WebSocket', () => {
  const offer = (names: string, keys: readonly (readonly [string, string])[] = []) => {
    const headers = headersWith(keys);
    headers.set('sec-websocket-protocol', names);
    return () => readApiKey({ headers, url });
  };

  it('carries the key beside another name', () => {
    expect(offer('responses, key.aia_1')()).toBe('aia_1');
    expect(offer('key.aia_1,responses', [['X-API-Key', 'aia_1']])()).toBe('aia_1');
  });

  it('carries no key in another name, or in an empty one', () => {
    for (const names of ['responses', 'key.', 'mykey.aia_1']) {
      expect(offer(names)).toThrow(expect.objectContaining({ code: 'unauthorized' }));
    }
  });

  it('may not carry another key than a header', () => {
    const refused = expect.objectContaining({ code: 'invalid_request' });
    expect(offer('responses, key.aia_1', [['X-API-Key', 'aia_2']])).toThrow(refused);
    expect(offer('key.aia_1, key.aia_2')).toThrow(refused);
  });
});
