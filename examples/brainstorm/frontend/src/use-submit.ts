import { useState, type FormEvent } from 'react';

/** What a form or a button needs while its work is done: whether it is, and what went wrong. */
export function useSubmit(work: (fields: FormData) => Promise<unknown>) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function run(fields: FormData): Promise<boolean> {
    setBusy(true);
    setProblem(undefined);
    try {
      await work(fields);
      return true;
    } catch (error) {
      setProblem(error instanceof Error ? error.message : 'It did not work');
      return false;
    } finally {
      setBusy(false);
    }
  }

  return {
    busy,
    problem,
    onClick: () => void run(new FormData()),
    onSubmit: (event: FormEvent<HTMLFormElement>) => {
      event.preventDefault();
      const form = event.currentTarget;
      void run(new FormData(form)).then((done) => done && form.reset());
    },
  };
}

export const text = (fields: FormData, name: string): string => {
  const value = fields.get(name);
  return typeof value === 'string' ? value.trim() : '';
};
