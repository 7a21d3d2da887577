import { useState } from 'react';

/** Returns what a visitor edits of a value, and how to change it. Where the value itself changes, the edits are dropped. */
export function useDraft<Value>(value: Value): [draft: Value, setDraft: (draft: Value) => void] {
  const [state, setState] = useState({ value, draft: value });
  if (state.value !== value) setState({ value, draft: value });
  const draft = state.value === value ? state.draft : value;
  return [draft, (changed) => setState({ value, draft: changed })];
}
