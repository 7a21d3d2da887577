import { useMemo, useState } from 'react';
import { useSearchParams } from '../app/use-search-params.ts';
import type { ChatOptions } from './chat-api-types.ts';
import { type ParameterName, type ParameterTexts, parameterNames, parseParameters } from './generation-settings.ts';
import { type JsonField, parseResponseFormat, parseTools } from './json-fields.ts';

/** What the visitor has typed beside the messages. What is in the URL can be linked to; the rest may be confidential. */
export interface SettingTexts {
  readonly model: string;
  readonly secondModel: string;
  readonly isCompared: boolean;
  readonly isStreamed: boolean;
  readonly parameters: ParameterTexts;
  readonly system: string;
  readonly tools: string;
  readonly responseFormat: string;
}

export interface PlaygroundSettings {
  readonly texts: SettingTexts;
  readonly change: (changes: SettingChanges) => void;
  /** What is sent. */
  readonly options: ChatOptions;
  /** What is wrong, by field. A request is sent only where there is nothing. */
  readonly problems: Readonly<Partial<Record<ParameterName | 'tools' | 'responseFormat', string>>>;
}

type SettingChanges = Partial<Omit<SettingTexts, 'parameters'>> & {
  readonly parameters?: Partial<ParameterTexts>;
};

type MemoryTexts = Pick<SettingTexts, 'system' | 'tools' | 'responseFormat'>;

/** Returns the settings of the playground: the model and the parameters from the URL, the texts from the memory of the page. */
export function usePlaygroundSettings(): PlaygroundSettings {
  const [params, changeParams] = useSearchParams();
  const [memory, setMemory] = useState<MemoryTexts>({ system: '', tools: '', responseFormat: '' });
  const texts = useMemo(() => ({ ...readParams(params), ...memory }), [params, memory]);
  const parsed = useMemo(() => parseTexts(texts), [texts]);
  const change = (changes: SettingChanges) => {
    const { system = memory.system, tools = memory.tools, responseFormat = memory.responseFormat } = changes;
    setMemory({ system, tools, responseFormat });
    changeParams(toParams(changes));
  };
  return { texts, change, ...parsed };
}

function readParams(params: URLSearchParams): Omit<SettingTexts, keyof MemoryTexts> {
  const read = (name: string) => params.get(name) ?? '';
  return {
    model: read('model'),
    secondModel: read('model2'),
    isCompared: params.has('compare'),
    isStreamed: read('stream') !== 'off',
    parameters: {
      temperature: read('temperature'),
      top_p: read('top_p'),
      max_tokens: read('max_tokens'),
      reasoning_effort: read('reasoning_effort'),
      stop: read('stop'),
      seed: read('seed'),
    },
  };
}

function toParams({ model, secondModel, isCompared, isStreamed, parameters = {} }: SettingChanges) {
  return {
    ...(model !== undefined && { model }),
    ...(secondModel !== undefined && { model2: secondModel }),
    ...(isCompared !== undefined && { compare: isCompared ? 'on' : undefined }),
    ...(isStreamed !== undefined && { stream: isStreamed ? undefined : 'off' }),
    ...Object.fromEntries(
      parameterNames.flatMap((name) => (parameters[name] === undefined ? [] : [[name, parameters[name]]])),
    ),
  };
}

function parseTexts({ parameters, system, tools, responseFormat, isStreamed }: SettingTexts) {
  const parsed = parseParameters(parameters);
  const parsedTools = parseTools(tools);
  const parsedFormat = parseResponseFormat(responseFormat);
  return {
    options: {
      system,
      isStreamed,
      parameters: parsed.parameters,
      tools: parsedTools.value,
      responseFormat: parsedFormat.value,
    },
    problems: {
      ...parsed.problems,
      ...toProblem('tools', parsedTools),
      ...toProblem('responseFormat', parsedFormat),
    },
  };
}

function toProblem(name: 'tools' | 'responseFormat', { problem }: JsonField<unknown>) {
  return problem === undefined ? {} : { [name]: problem };
}
