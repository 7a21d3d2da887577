import { type ComponentType, type ReactNode, use } from 'react';

/** A component whose module the browser loads when it is first shown, or before. */
export interface LazyComponent {
  (): ReactNode;
  /** Loads the module ahead. */
  readonly load: () => Promise<void>;
}

/** Like `lazy`, and `load` loads the module ahead: what is loaded is shown without a fallback before it. */
export function lazyComponent(importModule: () => Promise<{ readonly default: ComponentType }>): LazyComponent {
  let Loaded: ComponentType | undefined;
  let loading: Promise<void> | undefined;
  const importOnce = async () => {
    try {
      Loaded = (await importModule()).default;
    } catch (cause) {
      // The files of the console have other names after each deployment.
      throw new Error('This part of the console could not be loaded: reload the page.', { cause });
    }
  };
  const load = () => {
    loading ??= importOnce();
    return loading;
  };
  const Component = () => {
    if (!Loaded) use(load());
    return Loaded && <Loaded />;
  };
  return Object.assign(Component, { load });
}
