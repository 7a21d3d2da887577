import { CopyButton } from './copy-button.tsx';
import { formatCount } from './format.ts';

const maxShownLength = 20_000;

interface TextPanelProps {
  readonly title: string;
  readonly text: string;
}

/** A text of a model or a client, as text and never as HTML. Copying gives all of it; a long one is shown in part. */
export function TextPanel({ title, text }: TextPanelProps) {
  const shown = text.slice(0, maxShownLength);
  return (
    <section className="stack">
      <div className="page-header">
        <h2>{title}</h2>
        <CopyButton text={text} />
      </div>
      <pre>{shown}</pre>
      {shown.length < text.length && (
        <p className="muted">
          The first {formatCount(maxShownLength)} characters of {formatCount(text.length)}.
        </p>
      )}
    </section>
  );
}
