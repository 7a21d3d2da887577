import type { CombinedError } from '@urql/core';
import { type FormEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { describeError } from '../app/describe-error.ts';
import { assignProblems, type FormProblems } from './form-problems.ts';

interface DraftFormOptions<Draft, Values> {
  readonly initial: Draft;
  readonly parse: (draft: Draft) => { readonly values: Values; readonly problems: FormProblems };
  /** The fields that an error of the gateway may name. */
  readonly fields: readonly string[];
  /** Resolves with the error of the gateway, if there is one. */
  readonly save: (values: Values) => Promise<CombinedError | undefined>;
}

/** The state of a form. */
export interface DraftForm<Draft> {
  readonly draft: Draft;
  readonly change: (changes: Partial<Draft>) => void;
  readonly problems: FormProblems;
  readonly isBusy: boolean;
  readonly submit: (event: FormEvent) => Promise<void>;
  /** The form itself: the first field with a problem gets the focus. */
  readonly ref: RefObject<HTMLFormElement | null>;
}

/** Keeps what is typed into a form, checks it before it is sent, and assigns the gateway's error to the field that it names. */
export function useDraftForm<Draft, Values>(options: DraftFormOptions<Draft, Values>): DraftForm<Draft> {
  const { initial, parse, fields, save } = options;
  const [draft, setDraft] = useState(initial);
  const [problems, setProblems] = useState<FormProblems>({});
  const [isBusy, setIsBusy] = useState(false);
  const ref = useRef<HTMLFormElement>(null);

  useEffect(() => {
    if (Object.keys(problems).length > 0) ref.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [problems]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const parsed = parse(draft);
    setProblems(parsed.problems);
    if (Object.keys(parsed.problems).length > 0) return;
    setIsBusy(true);
    const error = await save(parsed.values);
    setIsBusy(false);
    if (error) setProblems(assignProblems(describeError(error), fields));
  };
  return { draft, change: (changes) => setDraft({ ...draft, ...changes }), problems, isBusy, submit, ref };
}
