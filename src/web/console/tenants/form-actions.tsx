import { Button } from '../ui/button.tsx';

interface FormActionsProps {
  /** What is wrong with the form as a whole. */
  readonly problem: string | undefined;
  /** The verb of the action: `Create`. */
  readonly action: string;
  readonly isBusy: boolean;
  readonly onCancel: () => void;
}

/** The end of a form in a dialog. It stays in view while the form scrolls. */
export function FormActions({ problem, action, isBusy, onCancel }: FormActionsProps) {
  return (
    <div className="form-actions">
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <div className="actions">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={isBusy}>
          {action}
        </Button>
      </div>
    </div>
  );
}
