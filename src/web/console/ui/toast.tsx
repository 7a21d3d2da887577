import { type ReactNode, useEffect, useState } from 'react';
import { Button } from './button.tsx';

interface Toast {
  readonly id: number;
  readonly title: string;
  readonly description?: string | undefined;
}

const visibleMs = 6_000;
const target = new EventTarget();
let lastId = 0;

/** Shows a message for some seconds, which screen readers announce. */
export function showToast(title: string, description?: string): void {
  lastId += 1;
  target.dispatchEvent(new CustomEvent<Toast>('toast', { detail: { id: lastId, title, description } }));
}

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const remove = (id: number) => setToasts((all) => all.filter((toast) => toast.id !== id));
  useEffect(() => {
    const add = (event: Event) => {
      const { detail } = event as CustomEvent<Toast>;
      setToasts((all) => [...all.slice(-2), detail]);
      setTimeout(() => setToasts((all) => all.filter(({ id }) => id !== detail.id)), visibleMs);
    };
    target.addEventListener('toast', add);
    return () => target.removeEventListener('toast', add);
  }, []);
  return (
    <>
      {children}
      <div className="toasts" role="status">
        {toasts.map(({ id, title, description }) => (
          <div key={id} className="toast">
            <strong>{title}</strong>
            {description !== undefined && <p className="muted">{description}</p>}
            <Button variant="ghost" size="small" aria-label="Dismiss" onClick={() => remove(id)}>
              ×
            </Button>
          </div>
        ))}
      </div>
    </>
  );
}
