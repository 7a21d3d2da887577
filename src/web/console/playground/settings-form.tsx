import { type ReactNode, useEffect, useId, useRef } from 'react';
import { CheckField, SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import type { SettingProblems } from './find-refused-settings.ts';
import { type ParameterName, parameterNames, reasoningEfforts } from './generation-settings.ts';
import type { ListedModel } from './use-listed-models.ts';
import type { PlaygroundSettings } from './use-playground-settings.ts';

interface SettingsFormProps {
  readonly settings: PlaygroundSettings;
  readonly problems: SettingProblems;
  readonly models: readonly ListedModel[];
  readonly isBusy: boolean;
  readonly onCompare: (isCompared: boolean) => void;
}

/** The model and all that is sent beside the messages. */
export function SettingsForm({ settings, problems, models, isBusy, onCompare }: SettingsFormProps) {
  const { texts, change } = settings;
  const listId = useId();
  return (
    <section className="panel form" aria-label="Settings">
      <datalist id={listId}>
        {models.map(({ id, owner }) => (
          <option key={id} value={id} label={owner} />
        ))}
      </datalist>
      <TextField
        label="Model or route"
        list={listId}
        autoComplete="off"
        spellCheck={false}
        value={texts.model}
        problem={problems.model}
        onChange={(model) => change({ model })}
      />
      {texts.isCompared && (
        <TextField
          label="Second model or route"
          list={listId}
          autoComplete="off"
          spellCheck={false}
          value={texts.secondModel}
          problem={problems.secondModel}
          onChange={(secondModel) => change({ secondModel })}
        />
      )}
      <fieldset className="plain-fieldset" disabled={isBusy}>
        <CheckField label="Compare two models" isChecked={texts.isCompared} onChange={onCompare} />
      </fieldset>
      <TextAreaField label="System prompt" rows={3} value={texts.system} onChange={(system) => change({ system })} />
      <SettingGroup title="Parameters" hasProblem={parameterNames.some((name) => problems[name] !== undefined)}>
        <ParameterFields settings={settings} problems={problems} />
      </SettingGroup>
      <SettingGroup
        title="Tools and response format"
        hasProblem={problems.tools !== undefined || problems.responseFormat !== undefined}
      >
        <div className="form">
          <TextAreaField
            label="Tools"
            hint="A list of tools in OpenAI's form, as JSON."
            rows={6}
            spellCheck={false}
            value={texts.tools}
            problem={problems.tools}
            onChange={(tools) => change({ tools })}
          />
          <TextAreaField
            label="Response format"
            hint="A JSON Schema, or a whole response_format."
            rows={6}
            spellCheck={false}
            value={texts.responseFormat}
            problem={problems.responseFormat}
            onChange={(responseFormat) => change({ responseFormat })}
          />
        </div>
      </SettingGroup>
    </section>
  );
}

interface SettingGroupProps {
  readonly title: string;
  readonly hasProblem: boolean;
  readonly children: ReactNode;
}

/** Fields that are hidden until the visitor asks for them, or until one of them has a problem. */
function SettingGroup({ title, hasProblem, children }: SettingGroupProps) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (hasProblem && details.current) details.current.open = true;
  }, [hasProblem]);
  return (
    <details ref={details}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}

type ParameterFieldsProps = Pick<SettingsFormProps, 'settings' | 'problems'>;

function ParameterFields({ settings: { texts, change }, problems }: ParameterFieldsProps) {
  const field = (name: ParameterName) => ({
    value: texts.parameters[name],
    problem: problems[name],
    onChange: (text: string) => change({ parameters: { [name]: text } }),
  });
  return (
    <div className="form">
      <p className="hint muted">What is empty is not sent.</p>
      <div className="form-row">
        <TextField label="Temperature" inputMode="decimal" {...field('temperature')} />
        <TextField label="Top P" inputMode="decimal" {...field('top_p')} />
        <TextField label="Max tokens" inputMode="numeric" {...field('max_tokens')} />
        <TextField label="Seed" inputMode="numeric" {...field('seed')} />
        <SelectField label="Reasoning effort" {...field('reasoning_effort')}>
          <option value="">Not sent</option>
          {listEfforts(texts.parameters.reasoning_effort).map((effort) => (
            <option key={effort}>{effort}</option>
          ))}
        </SelectField>
      </div>
      <TextAreaField
        label="Stop sequences"
        hint="One in each line. \n is a line break."
        rows={2}
        spellCheck={false}
        {...field('stop')}
      />
      <CheckField
        label="Stream the reply"
        isChecked={texts.isStreamed}
        onChange={(isStreamed) => change({ isStreamed })}
      />
    </div>
  );
}

/** A link or a logged request may have one that only its vendor has. */
function listEfforts(chosen: string): readonly string[] {
  return chosen === '' || reasoningEfforts.includes(chosen) ? reasoningEfforts : [...reasoningEfforts, chosen];
}
