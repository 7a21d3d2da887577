import { describe, expect, it } from 'vitest';
import { findToolDirectives } from '../../../../src/providers/stub/find-tool-directives.ts';

const find = (text: string) => [...findToolDirectives(text)];

describe('findToolDirectives', () => {
  it('finds names with and without arguments, in order', () => {
    expect(find('a [[tool:now]] b [[tool: read {"path": "/tmp/x y.png"} ]][[tool:now]]')).toEqual([
      { name: 'now', argumentsJson: undefined },
      { name: 'read', argumentsJson: '{"path": "/tmp/x y.png"}' },
      { name: 'now', argumentsJson: undefined },
    ]);
  });

  it('keeps arguments as they are written, brackets and line breaks included', () => {
    const argumentsJson = '{"id":9223372036854775807,\n"list":["a[0]"],"nested":{}}';
    expect(find(`[[tool:f ${argumentsJson}]]`)).toEqual([{ name: 'f', argumentsJson }]);
  });

  it.each([
    '[[tool:f {"a":}]]',
    '[[tool:f {"a":1]]',
    '[[tool:f {} ,{}]]',
    '[[tool:]]',
    '[[tool: {"a":1}]]',
    '[[tool:f',
    '[[tool:f]',
    '[[tool:a[0]]]',
    `[[tool:f {"a":"${'x'.repeat(5000)}"}]]`,
  ])('takes for text: %.30s', (text) => {
    expect(find(text)).toEqual([]);
  });

  it.each(['', ']]'])(
    'takes time in proportion to the length of a text without a directive before "%s"',
    async (end) => {
      const startedAtMs = Date.now();
      expect(find('[[tool:'.repeat(600_000) + end)).toEqual([]);
      // The clock stands still while code runs.
      await scheduler.wait(0);
      // A search for the end of each one takes half a minute.
      expect(Date.now() - startedAtMs).toBeLessThan(10_000);
    },
  );

  it('finds one that begins in what is none', () => {
    expect(find('[[tool:f {"a": [[tool:g]]').map(({ name }) => name)).toEqual(['g']);
  });
});
