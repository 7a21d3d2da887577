import { type FormEvent, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { TextAreaField } from '../ui/field.tsx';
import type { ReplyToolCall } from './streamed-reply.ts';

interface ToolResultsFormProps {
  readonly calls: readonly ReplyToolCall[];
  readonly onSend: (texts: readonly string[]) => void;
}

/** The visitor does what the model asks for, and types the results. */
export function ToolResultsForm({ calls, onSend }: ToolResultsFormProps) {
  const [texts, setTexts] = useState<readonly string[]>(calls.map(() => ''));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSend(texts);
  };
  return (
    <form className="form" onSubmit={submit}>
      {calls.map(({ id, name }, index) => (
        <TextAreaField
          key={id}
          label={`Result of ${name}`}
          rows={2}
          value={texts[index] ?? ''}
          onChange={(text) => setTexts(texts.with(index, text))}
        />
      ))}
      <div className="actions">
        <Button type="submit">{calls.length === 1 ? 'Send the result' : 'Send the results'}</Button>
      </div>
    </form>
  );
}
