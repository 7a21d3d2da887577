/** A call of a function in the place of a value. */
export class Call {
  readonly name: string;
  readonly argument: unknown;

  constructor(name: string, argument?: unknown) {
    this.name = name;
    this.argument = argument;
  }
}

/** A literal of at most this many characters stays on its line. */
const maxLineLength = 72;

/** Characters that a reader does not see, or that change the direction of what follows. */
const invisible = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Formats JSON of several lines, in which invisible characters are escaped. */
export function formatJson(value: unknown): string {
  return escapeInvisible(JSON.stringify(value, null, 2));
}

/** Formats a value as a literal of TypeScript. Fields that are undefined are left out. */
export function formatTypeScript(value: unknown, indent = ''): string {
  return formatLiteral(value, indent, typeScript);
}

/** Formats a value as a literal of Python. */
export function formatPython(value: unknown, indent = ''): string {
  return formatLiteral(value, indent, python);
}

/** Formats a text as a literal, which TypeScript and Python have in common with JSON. */
export function formatText(text: string): string {
  return escapeInvisible(JSON.stringify(text));
}

interface Language {
  readonly formatAtom: (value: unknown) => string;
  readonly formatKey: (key: string) => string;
  /** In the braces of an object on one line. */
  readonly padding: string;
  readonly indentation: string;
}

const typeScript: Language = {
  formatAtom: String,
  formatKey: (key) => {
    // As a plain key it sets the prototype.
    if (key === '__proto__') return '["__proto__"]';
    return /^[A-Za-z_$][\w$]*$/.test(key) ? key : formatText(key);
  },
  padding: ' ',
  indentation: '  ',
};

const python: Language = {
  formatAtom: (value) =>
    value === null ? 'None' : value === true ? 'True' : value === false ? 'False' : String(value),
  formatKey: formatText,
  padding: '',
  indentation: '    ',
};

function formatLiteral(value: unknown, indent: string, language: Language): string {
  if (value instanceof Call) {
    const { name, argument } = value;
    return `${name}(${argument === undefined ? '' : formatLiteral(argument, indent, language)})`;
  }
  if (typeof value === 'string') return formatText(value);
  if (typeof value !== 'object' || value === null) return language.formatAtom(value);
  const isList = Array.isArray(value);
  const innerIndent = indent + language.indentation;
  const format = (item: unknown) => formatLiteral(item, innerIndent, language);
  const items = isList
    ? value.map(format)
    : Object.entries(value).flatMap(([key, item]) =>
        item === undefined ? [] : [`${language.formatKey(key)}: ${format(item)}`],
      );
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  if (items.length === 0) return open + close;
  const padding = isList ? '' : language.padding;
  const line = `${open}${padding}${items.join(', ')}${padding}${close}`;
  if (line.length <= maxLineLength && !line.includes('\n')) return line;
  return `${open}\n${items.map((item) => `${innerIndent}${item},\n`).join('')}${indent}${close}`;
}

function escapeInvisible(literal: string): string {
  return literal.replaceAll(invisible, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
