import { describe, expect, it } from 'vitest';
import { parseForm, parseFormBoundary } from '../../../src/lib/parse-form.ts';

const encoder = new TextEncoder();

function parse(text: string) {
  const body = encoder.encode(text);
  return parseForm(body, 'b').map(({ start, end, ...part }) => ({
    ...part,
    headers: Object.fromEntries(part.headers),
    content: new TextDecoder().decode(body.subarray(start, end)),
  }));
}

const head = (parameters: string, more = '') => `--b\r\nContent-Disposition: form-data; ${parameters}\r\n${more}\r\n`;

describe('a form', () => {
  it('has its parts, in their order', () => {
    const text =
      `${head('name="model"')}whisper-1\r\n` +
      `${head('name="empty"')}\r\n` +
      `${head('filename="a; name=b.mp3"; name=file', 'content-type:audio/mpeg\r\n')}\r\n--\r\n--a\r\n\r\n\r\n` +
      `${head(`name="a \\"b\\""; filename*=utf-8''x`)}x\r\n--b--\r\n`;
    expect(parse(text)).toEqual([
      { name: 'model', isFile: false, headers: {}, content: 'whisper-1' },
      { name: 'empty', isFile: false, headers: {}, content: '' },
      { name: 'file', isFile: true, headers: { 'content-type': 'audio/mpeg' }, content: '\r\n--\r\n--a\r\n\r\n' },
      { name: 'a \\"b\\"', isFile: true, headers: {}, content: 'x' },
    ]);
  });

  it('may have no part', () => expect(parse('--b--')).toEqual([]));

  it('is refused where it is cut at any byte', () => {
    const text = `${head('name="model"')}whisper-1\r\n${head('name="f"; filename="x"')}\r\n--a\r\n--b--`;
    for (let length = 0; length < text.length; length += 1) {
      expect(() => parse(text.slice(0, length)), text.slice(0, length)).toThrow(/^The form /);
    }
    expect(parse(text)).toHaveLength(2);
  });

  it.each([
    ['text before its boundary', `x\r\n${head('name="a"')}1\r\n--b--`],
    ['text behind its end', `${head('name="a"')}1\r\n--b--\r\nx`],
    ['white space behind a boundary', `--b \r\n${head('name="a"')}1\r\n--b--`],
    ['a part without headers', '--b\r\n\r\n1\r\n--b--'],
    ['a part without the line break of its content', `${head('name="a"')}--b--`],
    ['a folded header', '--b\r\nContent-Disposition: form-data;\r\n name="a"\r\n\r\n1\r\n--b--'],
    ['a header twice', `${head('name="a"', 'content-disposition: form-data; name="c"\r\n')}1\r\n--b--`],
    ['a name twice', `${head('name="a"; name="c"')}1\r\n--b--`],
    ['two kinds of names', `${head(`name="a"; name*=utf-8''model`)}1\r\n--b--`],
    ['a name that does not end', `${head('name="a')}1\r\n--b--`],
    ['a disposition of another kind', '--b\r\nContent-Disposition: attachment; name="a"\r\n\r\n1\r\n--b--'],
    ['a header with a NUL', `${head('name="a"', 'x: \0\r\n')}1\r\n--b--`],
  ])('is refused with %s', (_name, text) => expect(() => parse(text)).toThrow(/^The form /));

  it('takes time by its length, also with text that looks like a boundary', () => {
    const boundary = 'b'.repeat(70);
    const lookAlike = `\r\n--${'b'.repeat(69)}`;
    const content = lookAlike.repeat(Math.floor((10 * 1024 * 1024) / lookAlike.length));
    const text = `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n${content}\r\n--${boundary}--`;
    const startedAtMs = performance.now();
    expect(parseForm(encoder.encode(text), boundary)).toHaveLength(1);
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  });
});

describe('the boundary', () => {
  it.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['Multipart/Form-Data;charset=utf-8; BOUNDARY="a b:c"', 'a b:c'],
    ['multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW', '----WebKitFormBoundary7MA4YWxkTrZu0gW'],
  ])('is read from %s', (contentType, boundary) => expect(parseFormBoundary(contentType)).toBe(boundary));

  it.each([
    undefined,
    'text/plain; boundary=b',
    'multipart/mixed; boundary=b',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary="b "',
    'multipart/form-data; boundary=b; Boundary="c"',
    "multipart/form-data; boundary=b; boundary*=utf-8''c",
    `multipart/form-data; boundary=${'b'.repeat(71)}`,
  ])('is missing in %s', (contentType) => expect(() => parseFormBoundary(contentType)).toThrow(/^Content-Type: must /));
});
