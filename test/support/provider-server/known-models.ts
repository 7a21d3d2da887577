import type { Reply } from './protocol.ts';

/** The default keys of the server. */
export const providerKeys = {
  openai: 'sk-test-openai-0123456789abcdef',
  anthropic: 'sk-ant-test-0123456789abcdef',
} as const;

/** The default reply of each protocol. */
export const defaultReplies = {
  openai: {
    text: ['Привет', '! ', 'Это', ' ответ', ' сервера', ' OpenAI', '.'],
    finish: 'stop',
    usage: { input: 19, output: 7 },
  },
  anthropic: {
    text: ['Bonjour', ', ', "c'est", ' la', ' réponse', ' de', ' Claude', '.'],
    finish: 'stop',
    usage: { input: 23, output: 9 },
  },
  ollama: {
    text: ['Hello', ' from', ' a', ' llama', '.'],
    finish: 'stop',
    usage: { input: 26, output: 5 },
  },
} as const satisfies Record<string, Reply>;

/** Returns the default reply of a protocol as one text. */
export function defaultReplyText(protocol: keyof typeof defaultReplies): string {
  return defaultReplies[protocol].text.join('');
}

/**
 * Text that breaks careless parsers: characters of two to four bytes, joined emoji, combining marks, line separators that only
 * some languages recognize (U+2028, U+2029, U+0085), control characters, and text that looks like framing.
 */
export const unicodeChunks: readonly string[] = [
  'Привет, мир! ',
  '🌍🚀',
  '👩‍👩‍👧‍👦',
  ' e\u0301 n\u0303 ',
  'строка\u2028раздел\u2029конец\u0085',
  '\u0000\u0001\u001f\u007f\t',
  'a\nb\r\nc\rd',
  'data: [DONE]\n\nevent: error\n\n',
  '日本語 العربية ',
  '"\\/{}',
  '\u{10FFFF}\uFEFF',
];
