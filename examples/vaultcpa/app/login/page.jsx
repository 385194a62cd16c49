import { ownPath } from '../../lib/format.js';
import { LoginForm } from './login-form.jsx';

export const metadata = { title: 'Log in' };

export default async function LoginPage({ searchParams }) {
  const { next } = await searchParams;
  return (
    <>
      <h1>Log in</h1>
      <LoginForm next={ownPath(next)} renew={next !== undefined} />
    </>
  );
}
