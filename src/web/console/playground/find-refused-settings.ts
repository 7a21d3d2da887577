import { parseFieldProblems } from '../app/parse-field-problems.ts';
import type { ChatBody } from './chat-api-types.ts';
import type { Column } from './conversation.ts';
import { type ParameterName, parameterNames } from './generation-settings.ts';
import type { ReplyError } from './streamed-reply.ts';

type SettingName = 'model' | 'secondModel' | ParameterName | 'tools' | 'responseFormat';

/** What is wrong with the settings, by field. */
export type SettingProblems = Readonly<Partial<Record<SettingName, string>>>;

const requestFields = [
  ...(['model', 'max_completion_tokens', 'tools', 'response_format'] as const),
  ...parameterNames,
] as const;

type RequestField = (typeof requestFields)[number];

/**
 * Returns what the gateway has refused in the last requests, at the fields of the form. A problem is gone once its field or the model is
 * another: `nextBodies` has the requests that would be sent now, one for each column.
 */
export function findRefusedSettings(columns: readonly Column[], nextBodies: readonly ChatBody[]): SettingProblems {
  const texts = new Map<SettingName, Set<string>>();
  for (const [index, { id, messages, lastBody }] of columns.entries()) {
    const last = messages.at(-1);
    const error = last?.role === 'assistant' ? last.reply.error : undefined;
    const nextBody = nextBodies[index];
    if (!error || !lastBody || nextBody?.model !== lastBody.model) continue;
    for (const [field, text] of listProblems(error)) {
      if (JSON.stringify(lastBody[field]) !== JSON.stringify(nextBody[field])) continue;
      const name = toSettingName(field, id);
      texts.set(name, (texts.get(name) ?? new Set()).add(text.charAt(0).toUpperCase() + text.slice(1)));
    }
  }
  return Object.fromEntries([...texts].map(([name, problems]) => [name, [...problems].join(' ')]));
}

/** The gateway's own message has each field before its problem. That of a provider is about the parameter as a whole. */
function listProblems({ param, message }: ReplyError): readonly (readonly [RequestField, string])[] {
  if (param === undefined) return [];
  const { fields } = parseFieldProblems(message, requestFields);
  const named = requestFields.find((field) => field === param.replace(/[.[].*$/s, ''));
  const all = named === undefined || fields.has(named) ? fields : new Map(fields).set(named, message);
  return requestFields.flatMap((field) => {
    const text = all.get(field);
    return text === undefined ? [] : [[field, text] as const];
  });
}

function toSettingName(field: RequestField, columnId: Column['id']): SettingName {
  switch (field) {
    case 'model':
      return columnId === 'first' ? 'model' : 'secondModel';
    case 'max_completion_tokens':
      return 'max_tokens';
    case 'response_format':
      return 'responseFormat';
    default:
      return field;
  }
}
