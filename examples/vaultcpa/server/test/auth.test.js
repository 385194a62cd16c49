const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');
const { ADMIN, ADMIN_LOGIN, openFirm } = require('./support/firm');

let firm;
before(async () => {
  firm = await openFirm();
});
after(() => firm.close());

const login = (body = ADMIN_LOGIN) => firm.request('POST', '/api/auth/login', { body });
const refresh = (refreshToken) => firm.request('POST', '/api/auth/refresh', { body: { refreshToken } });

test('only the first of many sets the firm up', async () => {
  const answers = await Promise.all(
    ['ada', 'bob', 'eve'].map((name) =>
      firm.request('POST', '/api/auth/setup', { body: { ...ADMIN, name, email: `${name}@example.com` } }),
    ),
  );
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, 409, 409]);
  const [winner] = await firm.prisma.user.findMany();
  assert.equal(winner.role, 'ADMIN');
  await firm.prisma.user.update({ where: { id: winner.id }, data: { email: ADMIN.email } });
});

test('logs in with the right password only', async () => {
  const { status, body, headers } = await login();
  assert.equal(status, 200);
  assert.equal(body.user.email, ADMIN.email);
  assert.equal(body.user.passwordHash, undefined);
  assert.ok(headers.getSetCookie().every((cookie) => /HttpOnly/.test(cookie) && /SameSite=Lax/.test(cookie)));

  assert.equal((await login({ ...ADMIN_LOGIN, password: 'wrong password' })).status, 401);
  assert.equal((await login({ ...ADMIN_LOGIN, email: 'nobody@example.com' })).status, 401);
  assert.equal((await login({ email: 'no address' })).status, 400);
});

test('takes the access token from the header or the cookie, and nothing else', async () => {
  const { accessToken, refreshToken } = (await login()).body;
  const me = (options) => firm.request('GET', '/api/auth/me', options);
  assert.equal((await me({ token: accessToken })).status, 200);
  assert.equal((await me({ headers: { Cookie: `vaultcpa_access=${accessToken}` } })).status, 200);
  assert.equal((await me({ token: refreshToken })).status, 401);
  assert.equal((await me({ token: `${accessToken}x` })).status, 401);
  assert.equal((await me()).status, 401);
});

test('a refresh token works once; its second use ends every session', async () => {
  const first = (await login()).body.refreshToken;
  const second = await refresh(first);
  assert.equal(second.status, 200);
  assert.equal((await refresh(first)).status, 401);
  assert.equal((await refresh(second.body.refreshToken)).status, 401);
});

test('of two refreshes at the same moment one wins', async () => {
  const { refreshToken } = (await login()).body;
  const answers = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 401]);
});

test('logout ends the session', async () => {
  const { refreshToken } = (await login()).body;
  assert.equal((await firm.request('POST', '/api/auth/logout', { body: { refreshToken } })).status, 204);
  assert.equal((await refresh(refreshToken)).status, 401);
});

test('only an administrator adds people', async () => {
  const admin = (await login()).body.accessToken;
  const sam = { email: 'Sam@Example.com', name: 'Sam', password: 'another long one' };
  const added = await firm.request('POST', '/api/auth/users', { body: sam, token: admin });
  assert.equal(added.status, 201);
  assert.equal(added.body.user.email, 'sam@example.com');
  assert.equal((await firm.request('POST', '/api/auth/users', { body: sam, token: admin })).status, 409);

  const staff = (await login({ email: sam.email, password: sam.password })).body.accessToken;
  assert.equal((await firm.request('POST', '/api/auth/users', { body: ADMIN, token: staff })).status, 403);
});

test('the pages of FRONTEND_URL may call with cookies, others may not', async () => {
  const from = (Origin) => firm.request('OPTIONS', '/api/clients', { headers: { Origin } });
  const { headers } = await from('https://evil.example');
  assert.equal(headers.get('access-control-allow-origin'), 'http://localhost:3000');
  assert.equal(headers.get('access-control-allow-credentials'), 'true');
});
