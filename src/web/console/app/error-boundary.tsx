import { Component, type ReactNode } from 'react';
import { ErrorState } from '../ui/error-state.tsx';

interface ErrorBoundaryState {
  readonly error?: Error;
}

/** Shows what went wrong in a page, in the place of the page. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, ErrorBoundaryState> {
  override state: ErrorBoundaryState = {};

  static getDerivedStateFromError(error: Error): ErrorBoundaryState {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return <ErrorState title="This page has failed" message={error.message} onRetry={() => this.setState({})} />;
  }
}
