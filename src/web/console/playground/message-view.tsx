import { CappedText } from './capped-text.tsx';
import type { AttachedImage, Message } from './conversation.ts';
import { ReplyView } from './reply-view.tsx';

const roleNames = { user: 'You', assistant: 'Model', tool: 'Tool result' };

/** One message of a conversation. What it says is shown as text. */
export function MessageView({ message }: { readonly message: Message }) {
  const name = roleNames[message.role];
  return (
    <article className={`message ${message.role}`} aria-label={name}>
      <h3>{message.role === 'tool' ? `${name}: ${message.toolName}` : name}</h3>
      {message.role === 'assistant' ? <ReplyView reply={message.reply} /> : <CappedText text={message.text} />}
      {message.role === 'user' && <ImageList images={message.images} />}
    </article>
  );
}

interface ImageListProps {
  readonly images: readonly AttachedImage[];
  readonly onRemove?: (id: number) => void;
}

/** The page loads nothing from elsewhere: an image of another address is shown by its address. */
export function ImageList({ images, onRemove }: ImageListProps) {
  if (images.length === 0) return null;
  return (
    <ul className="images">
      {images.map(({ id, name, url }) => (
        <li key={id}>
          {url.startsWith('data:image/') ? <img src={url} alt={name} /> : <span className="mono">{url}</span>}
          {onRemove && (
            <button type="button" className="button ghost small" onClick={() => onRemove(id)}>
              Remove {name}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
