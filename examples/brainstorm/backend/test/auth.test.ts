import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBackend } from './support/backend.js';

let backend: Awaited<ReturnType<typeof openBackend>>;
beforeAll(async () => {
  backend = await openBackend();
});
afterAll(() => backend.close());

const cookieOf = (headers: Headers) => headers.get('set-cookie')?.split(';')[0] ?? '';

test('signs up once, in with the right password, and says who it is', async () => {
  const { account, ask } = await backend.signUp('ada');
  expect((await ask('GET', '/api/auth/me')).body.user).toMatchObject({ email: 'ada@example.com', name: 'ada' });
  expect((await backend.request('POST', '/api/auth/register', account)).status).toBe(409);
  expect((await backend.request('POST', '/api/auth/login', { ...account, email: 'ADA@example.com' })).status).toBe(200);
  expect((await backend.request('POST', '/api/auth/login', { ...account, password: 'wrong' })).status).toBe(401);
  expect((await backend.request('POST', '/api/auth/login', { ...account, email: 'eve@example.com' })).status).toBe(401);
});

test('names every field that is wrong', async () => {
  const { status, body } = await backend.request('POST', '/api/auth/register', { email: 'no', name: '', password: 'short' });
  expect(status).toBe(400);
  expect(body.details.map((detail: { field: string }) => detail.field)).toEqual(['email', 'name', 'password']);
});

test('a refresh token is good for one use, and its second use ends every session', async () => {
  const { account } = await backend.signUp('grace');
  const login = await backend.request('POST', '/api/auth/login', account);
  expect(login.headers.get('set-cookie')).toContain('HttpOnly');
  const refresh = (cookie: string) => backend.request('POST', '/api/auth/refresh', undefined, { headers: { cookie } });

  const first = cookieOf(login.headers);
  const renewed = await refresh(first);
  expect(renewed.status).toBe(200);
  expect((await refresh(first)).status).toBe(401);
  expect((await refresh(cookieOf(renewed.headers))).status).toBe(401);
});

test('refuses without a token and with one of its own making', async () => {
  expect((await backend.request('GET', '/api/projects')).status).toBe(401);
  expect((await backend.request('GET', '/api/projects', undefined, { token: 'a.b.c' })).status).toBe(401);
});
