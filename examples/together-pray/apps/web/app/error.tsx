'use client';

export default function ErrorPage({ reset }: { reset: () => void }) {
  return (
    <>
      <h1>That did not work</h1>
      <p>The server could not be reached or failed. Nothing was changed.</p>
      <button onClick={reset}>Try again</button>
    </>
  );
}
