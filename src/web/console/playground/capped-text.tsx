import { memo, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { formatCount } from '../ui/format.ts';
import { cutText, splitIntoBlocks } from './cut-text.ts';

/** More takes the browser too long to lay out while it grows. */
const maxShownLength = 20_000;

interface CappedTextProps {
  readonly text: string;
  /** Whether more of it may come. */
  readonly isGrowing?: boolean;
}

/** A text of a model or of the visitor, as text and never as HTML. A long one is shown in part until the visitor asks for all of it. */
export const CappedText = memo(function CappedText({ text, isGrowing = false }: CappedTextProps) {
  const [isWhole, setIsWhole] = useState(false);
  const isCapped = text.length > maxShownLength;
  if (isCapped && isWhole) return <WholeText text={text} />;
  const shown = cutText(text, maxShownLength);
  return (
    <>
      <pre className="message-text">{shown}</pre>
      {isCapped && (
        <div className="actions">
          <span className="muted">
            The first {formatCount(shown.length)} characters of {formatCount(text.length)}.
          </span>
          <Button size="small" disabled={isGrowing} onClick={() => setIsWhole(true)}>
            Show all
          </Button>
        </div>
      )}
    </>
  );
});

/** The browser lays out only the blocks that the visitor sees. */
function WholeText({ text }: { readonly text: string }) {
  return (
    <pre className="message-text">
      {splitIntoBlocks(text).map(({ offset, block }) => (
        <span key={offset} className="text-block">
          {block}
        </span>
      ))}
    </pre>
  );
}
