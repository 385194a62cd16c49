import { useEffect, useState } from 'react';
import { Route, Routes } from 'react-router';
import type { Api } from './api';
import { ProjectPage } from './project';
import { Projects } from './projects';
import { SignIn } from './sign-in';

export function App({ api }: { api: Api }) {
  const [signedIn, setSignedIn] = useState<boolean>();

  useEffect(() => {
    api.renew().then(setSignedIn, () => setSignedIn(false));
  }, [api]);

  if (signedIn === undefined) return null;
  if (!signedIn) return <SignIn api={api} onEnter={() => setSignedIn(true)} />;
  return (
    <main className="mx-auto max-w-2xl space-y-6 p-4">
      <header className="flex items-center justify-between">
        <h1 className="text-xl font-bold">Brainstorm</h1>
        <button className="link" onClick={() => void api.leave().finally(() => setSignedIn(false))}>Sign out</button>
      </header>
      <Routes>
        <Route path="/" element={<Projects api={api} />} />
        <Route path="/projects/:id" element={<ProjectPage api={api} />} />
        <Route path="*" element={<p>There is nothing here.</p>} />
      </Routes>
    </main>
  );
}
