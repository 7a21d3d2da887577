import { Badge, type Tone } from '../ui/badge.tsx';
import type { KeyState } from './key-state.ts';

const tones: Readonly<Record<KeyState, Tone>> = {
  valid: 'good',
  rotated: 'warning',
  expired: 'neutral',
  revoked: 'bad',
};

export function KeyStateBadge({ state }: { readonly state: KeyState }) {
  return <Badge tone={tones[state]}>{state}</Badge>;
}
