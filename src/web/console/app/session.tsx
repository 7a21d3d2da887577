import type { Client } from '@urql/core';
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { Provider } from 'urql';
import { readSettings } from './console-settings.ts';
import { createGraphQlClient } from './graphql-client.ts';
import { readStoredKey, storeKey, storeSignOut } from './key-storage.ts';
import { MeDocument, type MeQuery } from './me.generated.ts';
import { useIdleTimeout } from './use-idle-timeout.ts';

/** The scopes of API keys, of which each page needs one. */
export type Scope = 'chat' | 'jobs' | 'read' | 'admin';

/** A visitor who has signed in. */
export interface Session {
  /** Sent with each request; never shown, never in a URL. */
  readonly apiKey: string;
  readonly me: MeQuery['me'];
  readonly can: (scope: Scope) => boolean;
  readonly signOut: () => void;
}

/** Signing in with a key. Resolves with the reason where the gateway does not accept the key. */
export type SignIn = (apiKey: string, options: { readonly isStored: boolean }) => Promise<string | undefined>;

type SessionState =
  | { readonly status: 'starting' }
  | { readonly status: 'signed-out'; readonly notice?: string }
  | { readonly status: 'signed-in'; readonly apiKey: string; readonly client: Client; readonly me: MeQuery['me'] };

interface SessionAccess {
  readonly state: SessionState;
  readonly signIn: SignIn;
}

const SessionAccessContext = createContext<SessionAccess | undefined>(undefined);
const SessionContext = createContext<Session | undefined>(undefined);

/** A visitor who does nothing for so long is signed out. */
const idleTimeoutMs = 30 * 60_000;

/**
 * Keeps the API key of the visitor: in memory, and in the session storage of the tab where the visitor wishes so. A local gateway signs
 * in with its public dev key.
 */
export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const [state, setState] = useState<SessionState>({ status: 'starting' });

  const signOut = useCallback((notice?: string) => {
    storeSignOut();
    setState({ status: 'signed-out', ...(notice !== undefined && { notice }) });
  }, []);

  const signIn: SignIn = useCallback(
    async (apiKey, { isStored }) => {
      let isAccepted = false;
      const onUnauthorized = () => isAccepted && signOut('The gateway no longer accepts this API key.');
      const client = createGraphQlClient({ apiKey, onUnauthorized });
      const { data, error } = await client.query(MeDocument, {}).toPromise();
      if (!data) return describeSignInError(error);
      isAccepted = true;
      if (isStored) storeKey(apiKey);
      setState({ status: 'signed-in', apiKey, client, me: data.me });
      return undefined;
    },
    [signOut],
  );

  useEffect(() => {
    const start = async () => {
      const stored = readStoredKey();
      const apiKey = typeof stored === 'object' ? stored.key : (await readSettings()).apiKey;
      if (stored === 'signed out' || apiKey === undefined) return setState({ status: 'signed-out' });
      const problem = await signIn(apiKey, { isStored: false });
      if (problem !== undefined) setState({ status: 'signed-out', notice: problem });
    };
    start().catch((error: unknown) => setState({ status: 'signed-out', notice: String(error) }));
  }, [signIn]);

  const isSignedIn = state.status === 'signed-in';
  useIdleTimeout(isSignedIn ? idleTimeoutMs : undefined, () => signOut('You were signed out after 30 minutes.'));

  const access = useMemo(() => ({ state, signIn }), [state, signIn]);
  return <SessionAccessContext value={access}>{withSession(state, () => signOut(), children)}</SessionAccessContext>;
}

function withSession(state: SessionState, signOut: () => void, children: ReactNode): ReactNode {
  if (state.status !== 'signed-in') return children;
  const { apiKey, client, me } = state;
  const scopes = me.apiKey?.scopes ?? [];
  // The scope admin includes read.
  const can = (scope: Scope) => scopes.includes(scope) || (scope === 'read' && scopes.includes('admin'));
  return (
    <SessionContext value={{ apiKey, me, can, signOut }}>
      <Provider value={client}>{children}</Provider>
    </SessionContext>
  );
}

function describeSignInError(error: { readonly message: string; readonly response?: unknown } | undefined): string {
  const { status } = (error?.response ?? {}) as { readonly status?: number };
  if (status === 401) return 'The gateway does not know this API key.';
  return `The gateway did not answer: ${error?.message ?? 'there was no reply'}`;
}

/** Returns the state of the session and how to sign in. */
export function useSessionAccess(): SessionAccess {
  const access = use(SessionAccessContext);
  if (!access) throw new Error('There is no SessionProvider.');
  return access;
}

/** Returns the session of the visitor. Throws outside of what only signed-in visitors see. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error('The visitor has not signed in.');
  return session;
}
