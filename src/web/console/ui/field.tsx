import { type ComponentProps, type ReactNode, useId } from 'react';

interface FieldProps {
  readonly label: string;
  /** What the value means, or its unit. */
  readonly hint?: string | undefined;
  /** What is wrong with the value. */
  readonly problem?: string | undefined;
}

interface TextProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

type InputProps = Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'className' | 'id'>;
type TextAreaProps = Omit<ComponentProps<'textarea'>, 'value' | 'onChange' | 'className' | 'id'>;
type SelectProps = Omit<ComponentProps<'select'>, 'value' | 'onChange' | 'className' | 'id'>;

/** An input of one line. Numbers are text too, so that a field can be empty. */
export function TextField({ label, hint, problem, value, onChange, ...input }: TextProps & InputProps) {
  return (
    <Labelled label={label} hint={hint} problem={problem}>
      {(control) => <input {...input} {...control} value={value} onChange={(event) => onChange(event.target.value)} />}
    </Labelled>
  );
}

export function TextAreaField({ label, hint, problem, value, onChange, ...input }: TextProps & TextAreaProps) {
  return (
    <Labelled label={label} hint={hint} problem={problem}>
      {(control) => (
        <textarea {...input} {...control} value={value} onChange={(event) => onChange(event.target.value)} />
      )}
    </Labelled>
  );
}

/** A choice of one. Its children are `option` elements. */
export function SelectField({ label, hint, problem, value, onChange, ...select }: TextProps & SelectProps) {
  return (
    <Labelled label={label} hint={hint} problem={problem}>
      {(control) => (
        <select {...select} {...control} value={value} onChange={(event) => onChange(event.target.value)} />
      )}
    </Labelled>
  );
}

interface CheckFieldProps {
  readonly label: string;
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
}

export function CheckField({ label, isChecked, onChange }: CheckFieldProps) {
  return (
    <label className="check">
      <input type="checkbox" checked={isChecked} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}

interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
}

interface LabelledProps extends FieldProps {
  readonly children: (control: ControlProps) => ReactNode;
}

/** Ties a control to its label, its hint and its problem, which screen readers read with it. */
function Labelled({ label, hint, problem, children }: LabelledProps) {
  const id = useId();
  const hintId = `${id}-hint`;
  const problemId = `${id}-problem`;
  const descriptions = [hint !== undefined && hintId, problem !== undefined && problemId].filter(Boolean).join(' ');
  const control: ControlProps = {
    id,
    ...(descriptions !== '' && { 'aria-describedby': descriptions }),
    ...(problem !== undefined && { 'aria-invalid': true }),
  };
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(control)}
      {hint !== undefined && (
        <span id={hintId} className="hint muted">
          {hint}
        </span>
      )}
      {problem !== undefined && (
        <span id={problemId} className="hint problem" role="alert">
          {problem}
        </span>
      )}
    </div>
  );
}
