import { useEffect, useState } from 'react';

/** What `load` brings, or why it did not. `load` has to stay the same from one rendering to the next. */
export function useLoaded<Value>(load: () => Promise<Value>): { value?: Value; error?: string } {
  const [state, setState] = useState<{ value?: Value; error?: string }>({});
  useEffect(() => {
    let left = false;
    load().then(
      (value) => !left && setState({ value }),
      (error: unknown) => !left && setState({ error: messageOf(error) }),
    );
    return () => {
      left = true;
    };
  }, [load]);
  return state;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
