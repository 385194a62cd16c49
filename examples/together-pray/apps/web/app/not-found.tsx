import Link from 'next/link';

export default function NotFound() {
  return (
    <>
      <h1>Nothing here</h1>
      <p>
        Perhaps it is for members only. <Link href="/">Back to the wall</Link>
      </p>
    </>
  );
}
