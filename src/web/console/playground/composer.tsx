import { type ClipboardEvent, type FormEvent, type KeyboardEvent, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { TextAreaField } from '../ui/field.tsx';
import { imageTypes, maxDataUrlLength, readImage } from './attach-image.ts';
import { type Draft, sumImageLength } from './conversation.ts';
import { ImageList } from './message-view.tsx';

interface ComposerProps {
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  /** The length of the images that the conversation has already, as data URLs. */
  readonly sentImageLength: number;
  /** Why nothing can be sent now. */
  readonly obstacle: string | undefined;
  readonly onSend: () => void;
}

/** Where the visitor writes a message and adds images to it. */
export function Composer({ draft, onChange, sentImageLength, obstacle, onSend }: ComposerProps) {
  const [imageProblem, setImageProblem] = useState<string>();
  const canSend = obstacle === undefined && (draft.text.trim() !== '' || draft.images.length > 0);
  const send = () => canSend && onSend();

  const addImages = async (files: readonly File[]) => {
    const results = await Promise.all(files.map(readImage));
    const images = results.flatMap((result) => ('image' in result ? [result.image] : []));
    const problem = results.find((result) => 'problem' in result)?.problem;
    const all = [...draft.images, ...images];
    const isTooMuch = sentImageLength + sumImageLength(all) > maxDataUrlLength;
    setImageProblem(isTooMuch ? 'The images of a conversation may have about 6.7 MiB together.' : problem);
    if (!isTooMuch && images.length > 0) onChange({ ...draft, images: all });
  };
  const paste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    addImages(files);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send();
  };
  return (
    <form className="panel form" onSubmit={submit}>
      <TextAreaField
        label="Message"
        hint="Ctrl+Enter or ⌘+Enter sends it. Images can be pasted."
        rows={4}
        value={draft.text}
        onChange={(text) => onChange({ ...draft, text })}
        onPaste={paste}
        onKeyDown={onKeyDown}
      />
      <ImageList
        images={draft.images}
        onRemove={(id) => onChange({ ...draft, images: draft.images.filter((image) => image.id !== id) })}
      />
      <ImageField problem={imageProblem} onFiles={addImages} />
      {obstacle !== undefined && <p className="muted">{obstacle}</p>}
      <div className="actions">
        <Button type="submit" variant="primary" disabled={!canSend}>
          Send
        </Button>
      </div>
    </form>
  );
}

interface ImageFieldProps {
  readonly problem: string | undefined;
  readonly onFiles: (files: readonly File[]) => void;
}

function ImageField({ problem, onFiles }: ImageFieldProps) {
  return (
    <div className="field">
      <label>
        Add images{' '}
        <input
          type="file"
          accept={imageTypes}
          multiple
          onChange={({ target }) => {
            const files = [...(target.files ?? [])];
            // The same file can be chosen again.
            target.value = '';
            onFiles(files);
          }}
        />
      </label>
      {problem !== undefined && (
        <span className="hint problem" role="alert">
          {problem}
        </span>
      )}
    </div>
  );
}
