import { Button } from './button.tsx';
import { showToast } from './toast.tsx';

interface CopyButtonProps {
  readonly text: string;
  readonly label?: string;
  readonly onCopied?: () => void;
}

/** Copies a text to the clipboard. */
export function CopyButton({ text, label = 'Copy', onCopied }: CopyButtonProps) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      showToast('Copied');
      onCopied?.();
    } catch {
      showToast('The browser did not allow to copy', 'Select the text and copy it by the keyboard.');
    }
  };
  return (
    <Button size="small" onClick={copy}>
      {label}
    </Button>
  );
}
