import { Link, Navigate, Route, Routes } from 'react-router';
import { AccountPage } from './pages/account.tsx';
import { LoginPage } from './pages/login.tsx';
import { PlansPage } from './pages/plans.tsx';
import { useSession } from './session.ts';

export function App() {
  const session = useSession();
  const account = session.signedIn ? <AccountPage session={session} /> : <Navigate to="/login" replace />;
  const login = session.signedIn ? <Navigate to="/account" replace /> : <LoginPage session={session} />;
  return (
    <>
      <header>
        <strong>SaaS Starter</strong>
        <Link to="/">Plans</Link>
        <Link to={session.signedIn ? '/account' : '/login'}>{session.signedIn ? 'Account' : 'Sign in'}</Link>
      </header>
      <main>
        <Routes>
          <Route path="/" element={<PlansPage session={session} />} />
          <Route path="/login" element={login} />
          <Route path="/account" element={account} />
          <Route path="*" element={<h1>There is no such page</h1>} />
        </Routes>
      </main>
    </>
  );
}
