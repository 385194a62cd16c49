import Link from 'next/link';
import { APP_NAME } from '../lib/app-name.js';
import { LogoutButton } from './logout-button.jsx';
import './globals.css';

export const metadata = { title: APP_NAME, description: 'Clients and documents of the firm', icons: '/icon.svg' };

export default function RootLayout({ children }) {
  return (
    <html lang="en">
      <body>
        <header>
          <strong>{APP_NAME}</strong>
          <Link href="/clients">Clients</Link>
          <Link href="/documents">Documents</Link>
          <LogoutButton />
        </header>
        <main>{children}</main>
      </body>
    </html>
  );
}
