import type { ComponentProps } from 'react';

interface ButtonProps extends Omit<ComponentProps<'button'>, 'className'> {
  readonly variant?: 'plain' | 'primary' | 'danger' | 'ghost';
  readonly size?: 'normal' | 'small';
  /** Whether its action is under way: the button does nothing until it ends. */
  readonly isBusy?: boolean;
}

export function Button({ variant = 'plain', size = 'normal', isBusy = false, type = 'button', ...props }: ButtonProps) {
  const { disabled = false, ...rest } = props;
  return (
    <button
      {...rest}
      type={type}
      disabled={disabled || isBusy}
      aria-busy={isBusy || undefined}
      className={`button ${variant} ${size}`}
    />
  );
}
