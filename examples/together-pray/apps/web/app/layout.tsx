import type { Metadata } from 'next';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { accessToken } from '../lib/session.ts';
import './globals.css';

export const metadata: Metadata = {
  title: 'Together Pray',
  description: 'A community that prays for one another',
  icons: '/icon.svg',
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const signedIn = (await accessToken()) !== undefined;
  return (
    <html lang="en">
      <body>
        <header>
          <strong>Together Pray</strong>
          <Link href="/">Wall</Link>
          <Link href="/groups">Groups</Link>
          {signedIn ? (
            <form className="bare" method="post" action="/session/end">
              <button className="plain">Sign out</button>
            </form>
          ) : (
            <Link href="/login">Sign in</Link>
          )}
        </header>
        <main>{children}</main>
      </body>
    </html>
  );
}
