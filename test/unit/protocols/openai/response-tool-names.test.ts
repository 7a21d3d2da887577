import { expect, it } from 'vitest';
import { ResponseToolNames } from '../../../../src/protocols/openai/response-tool-names.ts';

const functionTool = (name: string, namespace?: string) => ({ name, namespace, isCustom: false });

it('gives a tool of a namespace a flat name, and reads it back', () => {
  const names = new ResponseToolNames();
  expect(names.add(functionTool('search'))).toBe('search');
  expect(names.add(functionTool('search', 'mcp.docs'))).toBe('mcp_docs__search');
  expect(names.read('mcp_docs__search')).toEqual(functionTool('search', 'mcp.docs'));
  expect(names.read('search')).toEqual(functionTool('search'));
  expect(names.read('unknown')).toEqual({ name: 'unknown', isCustom: false });
});

it('numbers names that are in use, and cuts those that are too long', () => {
  const names = new ResponseToolNames();
  names.add(functionTool('a__b'));
  expect(names.add(functionTool('b', 'a'))).toBe('a__b_2');
  const long = names.add(functionTool('x'.repeat(64), 'n'));
  expect(long).toMatch(/^n__x{56}_2$/);
  const other = names.add(functionTool(`${'x'.repeat(63)}y`, 'n'));
  expect(other).toMatch(/_3$/);
  expect(names.read(other).name).toBe(`${'x'.repeat(63)}y`);
});

it('finds a tool by its name, with or without its namespace, and by its flat name', () => {
  const names = new ResponseToolNames();
  names.add(functionTool('search', 'docs'));
  expect([
    names.find('search', 'docs'),
    names.find('search'),
    names.find('docs__search'),
    names.find('other'),
    names.find('search', 'web'),
  ]).toEqual(['docs__search', 'docs__search', 'docs__search', undefined, undefined]);
});

it('flattens the name of a call whose tool the request no longer has', () => {
  const names = new ResponseToolNames();
  expect([names.flatten('f'), names.flatten('f', null), names.flatten('f', 'n')]).toEqual(['f', 'f', 'n__f']);
});
