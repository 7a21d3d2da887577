import { anthropicMessagesPolicy } from '../protocols/anthropic/anthropic-field-policy.ts';
import type { FieldClass, FieldPolicy, ObjectPolicy } from '../protocols/field-policy.ts';
import { geminiPolicy } from '../protocols/gemini/gemini-field-policy.ts';
import { openAiChatPolicy } from '../protocols/openai/openai-field-policy.ts';
import { openAiResponsesPolicy } from '../protocols/openai/openai-responses-field-policy.ts';
import type { TranslationTarget } from '../providers/provider.ts';

interface Table {
  readonly title: string;
  readonly policy: ObjectPolicy;
  readonly targets: readonly (readonly [name: string, target: TranslationTarget])[];
}

const tables: readonly Table[] = [
  {
    title: 'Chat Completions',
    policy: openAiChatPolicy,
    targets: [
      ['Claude', { protocol: 'anthropic' }],
      ['Ollama', { protocol: 'ollama' }],
    ],
  },
  {
    title: 'Responses',
    policy: openAiResponsesPolicy,
    targets: [
      ['Claude', { protocol: 'anthropic' }],
      ['Ollama', { protocol: 'ollama' }],
      ['compatible', { protocol: 'openai' }],
      ['Stub', { protocol: 'stub', hasTopK: true }],
    ],
  },
  {
    title: 'Messages',
    policy: anthropicMessagesPolicy,
    targets: [
      ['OpenAI, compatible', { protocol: 'openai' }],
      ['Ollama', { protocol: 'ollama' }],
      ['Stub', { protocol: 'stub', hasTopK: true }],
    ],
  },
  {
    title: 'Gemini',
    policy: geminiPolicy,
    targets: [
      ['OpenAI, compatible', { protocol: 'openai' }],
      ['Claude', { protocol: 'anthropic' }],
      ['Ollama', { protocol: 'ollama' }],
    ],
  },
];

const tableStart = '<!-- fields: npm run translation:print -->';
const tableEnd = '<!-- end of fields -->';

/** Replaces the tables of fields in the text of docs/reference/translation.md. Throws where their marks are missing. */
export function replaceTranslationTables(page: string): string {
  const start = page.indexOf(tableStart);
  const end = page.indexOf(tableEnd);
  if (start < 0 || end < start) throw new Error('The page has no marks for the tables of fields.');
  return `${page.slice(0, start)}${tableStart}\n\n${tables.map(writeTable).join('\n\n')}\n\n${page.slice(end)}`;
}

function writeTable({ title, policy, targets }: Table): string {
  const names = targets.map(([name]) => name);
  const rows = new TableWriter(targets.map(([, target]) => target)).write(policy);
  const lines = rows.map(({ fields, classes }) => `| ${fields} | ${classes.join(' | ')} |`);
  return [
    `### ${title}`,
    '',
    `| field | ${names.join(' | ')} |`,
    `|${' --- |'.repeat(names.length + 1)}`,
    ...lines,
  ].join('\n');
}

interface Row {
  readonly fields: string;
  readonly classes: readonly FieldClass[];
}

class TableWriter {
  readonly #targets: readonly TranslationTarget[];
  /** Forms that stand at several places are written at the first. */
  readonly #written = new Set<object>();

  constructor(targets: readonly TranslationTarget[]) {
    this.#targets = targets;
  }

  write(policy: FieldPolicy, path = ''): Row[] {
    if (typeof policy !== 'object') return [this.#toRow([path], policy)];
    if (this.#written.has(policy)) return [];
    this.#written.add(policy);
    if ('each' in policy) return this.write(policy.each, `${path}[]`);
    if ('fields' in policy) return this.#writeFields(policy, path);
    const named = Object.entries(policy.variants);
    const simple = new Map<string, string[]>();
    const rows = named.flatMap(([name, variant]) => {
      if (typeof variant === 'object') return this.write(variant, `${path}(${name})`);
      const key = this.#classify(variant).join();
      simple.set(key, [...(simple.get(key) ?? []), name]);
      return [];
    });
    const grouped = [...simple.values()].map((names) =>
      this.#toRow(
        names.map((name) => `${path}(${name})`),
        policy.variants[names[0] ?? ''] ?? policy.others,
      ),
    );
    return [...rows, ...grouped, this.#toRow([`${path}(others)`], policy.others)];
  }

  /** Fields of one object whose classes are the same share a row. */
  #writeFields({ fields }: ObjectPolicy, path: string): Row[] {
    const prefix = path === '' ? '' : `${path}.`;
    const groups = new Map<string, [names: string[], policy: FieldPolicy]>();
    const nested: Row[] = [];
    for (const [name, policy] of Object.entries(fields)) {
      if (typeof policy === 'object') {
        nested.push(...this.write(policy, `${prefix}${name}`));
        continue;
      }
      const key = this.#classify(policy).join();
      const [names] = groups.get(key) ?? [[]];
      groups.set(key, [[...names, `${prefix}${name}`], policy]);
    }
    return [...[...groups.values()].map(([names, policy]) => this.#toRow(names, policy)), ...nested];
  }

  #toRow(paths: readonly string[], policy: FieldPolicy): Row {
    return { fields: paths.map((path) => `\`${path}\``).join(', '), classes: this.#classify(policy) };
  }

  #classify(policy: FieldPolicy): readonly FieldClass[] {
    return this.#targets.map((target) => {
      const ofTarget = typeof policy === 'function' ? policy(target) : policy;
      return typeof ofTarget === 'string' ? ofTarget : 'mapped';
    });
  }
}
