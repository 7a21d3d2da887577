import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Returns a repeatable random integer from 0 to `below`, exclusive. */
type Random = (below: number) => number;

export function createRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Creates a text of about `length` UTF-16 units. */
type MakeText = (length: number, random: Random) => string;

const characters =
  (list: string): MakeText =>
  (length, random) => {
    const choices = [...list];
    let text = '';
    while (text.length < length) text += choices[random(choices.length)];
    return text;
  };

/** Creates a text of code points in one of the ranges. */
const ranges =
  (...ends: readonly (readonly [first: number, last: number])[]): MakeText =>
  (length, random) => {
    let text = '';
    while (text.length < length) {
      const [first, last] = ends[random(ends.length)] ?? [0, 0];
      text += String.fromCodePoint(first + random(last - first + 1));
    }
    return text;
  };

const words =
  (list: string): MakeText =>
  (length, random) => {
    const choices = list.split(' ');
    let text = '';
    while (text.length < length) text += `${choices[random(choices.length)]} `;
    return text;
  };

const repeated =
  (part: string): MakeText =>
  (length) =>
    part.repeat(Math.ceil(length / part.length)).slice(0, length);

/** Creates a text from files of this project, starting at a random line. */
function excerpt(paths: readonly string[], clean: (text: string) => string = (text) => text): MakeText {
  return (length, random) => {
    const all = clean(paths.map((path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).join('\n'));
    const start = all.indexOf('\n', random(Math.max(1, all.length - length))) + 1;
    return repeated(all.slice(start) + all.slice(0, start))(length, random);
  };
}

/** Keeps the paragraphs and removes code, tables and headings. */
function keepProse(markdown: string): string {
  return markdown
    .replace(/```[\s\S]*?```/g, '')
    .replace(/^(?:[|#<].*|\s*)$/gm, '')
    .replace(/\n{2,}/g, '\n\n')
    .replace(/[^\n\x20-\x7e]/g, '');
}

const bytes =
  (encoding: 'base64' | 'hex'): MakeText =>
  (length, random) => {
    let text = '';
    while (text.length < length)
      text += createHash('sha512')
        .update(String(random(2 ** 31)))
        .digest(encoding)
        .slice(0, 84);
    return text;
  };

const combined: MakeText = (length, random) => {
  let text = '';
  while (text.length < length) text += 'abcdefgh'[random(8)] + String.fromCharCode(0x300 + random(112));
  return text;
};

const prose = ['README.md', 'CHANGELOG.md', 'docs/decisions/2026-11-25-hot-path.md', 'docs/contributing/naming.md'];

/** The texts of the table, by the names of their rows. */
export const textKinds: Readonly<Record<string, MakeText>> = {
  'English prose': excerpt(prose, keepProse),
  'Markdown (README)': excerpt(['README.md']),
  'code (TypeScript)': excerpt([
    'src/gateway/attempt.ts',
    'src/limits/admission.ts',
    'src/jobs/run-job.ts',
    'src/services.ts',
  ]),
  JSON: excerpt(['src/build/openapi/openapi.json']),
  base64: bytes('base64'),
  hex: bytes('hex'),
  digits: characters('0123456789'),
  'digits and spaces': characters('0123456789 '),
  blanks: characters(' \t\n\r'),
  'blanks of Unicode': characters('\v\f\u00a0\u2003\u2028 '),
  punctuation: characters('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'),
  'punctuation and spaces': characters('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~      '),
  'random ASCII': ranges([32, 126]),
  'random ASCII with control characters': ranges([0, 127]),
  'random lower-case letters': characters('abcdefghijklmnopqrstuvwxyz'),
  'rare lower-case letters': characters('qjxzvkwq'),
  'random letters': characters('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'),
  apostrophes: characters("'stldmrev "),
  'one letter, repeated': repeated('a'),
  'a dash, repeated': repeated('-'),
  'Latin-1': ranges([0xa0, 0xff]),
  'Cyrillic, random': ranges([0x400, 0x4ff]),
  Russian: words(
    'и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой год для человек время рука',
  ),
  Greek: ranges([0x370, 0x3ff]),
  Hebrew: ranges([0x590, 0x5f4]),
  'Arabic, random': ranges([0x600, 0x6ff]),
  Arabic: words('في من على أن إلى التي كان هذا عن الذي وقد بين بعد ذلك قبل هو'),
  'Devanagari, random': ranges([0x900, 0x97f]),
  Hindi: words('के है में की और से को का यह पर हैं एक नहीं कि था लिए'),
  Thai: ranges([0xe00, 0xe7f]),
  'CJK, random': ranges([0x4e00, 0x9fff]),
  Chinese: words('的 一 是 不 了 人 我 在 有 他 这 为 之 大 来 以 个 中 上 们 中国 我们 时间 问题'),
  Kana: ranges([0x3040, 0x30ff]),
  Hangul: ranges([0xac00, 0xd7a3]),
  emoji: ranges([0x1f300, 0x1f64f], [0x1f680, 0x1f6ff], [0x1f900, 0x1f9ff]),
  'joined emoji': repeated('👩‍👩‍👧‍👦👨🏽‍🚀'),
  'combining marks': ranges([0x300, 0x36f]),
  'letters with combining marks': combined,
  'private use': ranges([0xe000, 0xf8ff]),
  'private planes': ranges([0xf0000, 0xffffd]),
  'lone surrogates': (length, random) => {
    let text = '';
    while (text.length < length) text += String.fromCharCode(0xd800 + random(0x400));
    return text;
  },
  'any of the first plane': ranges([0x80, 0xd7ff], [0xe000, 0xffff]),
};

/** Creates a text of a kind with at most `maxBytes` bytes of UTF-8. */
export function makeText(kind: string, maxBytes: number, random: Random): string {
  const make = textKinds[kind];
  if (!make) throw new Error(`no such kind of text: ${kind}`);
  const text = make(maxBytes, random);
  const size = Buffer.byteLength(text);
  return size <= maxBytes ? text : text.slice(0, Math.floor((text.length * maxBytes) / size));
}
