const { Router } = require('express');
const Joi = require('joi');
const { conflict, unauthorized } = require('../errors');
const { email } = require('../fields');
const { authenticate, requireAdmin } = require('../middleware/authenticate');
const { validate } = require('../middleware/validate');
const { REFRESH_COOKIE, readCookies } = require('../cookies');
const { hashPassword, verifyPassword } = require('../passwords');

const newUser = Joi.object({
  email: email.required(),
  name: Joi.string().trim().min(1).max(120).required(),
  password: Joi.string().min(10).max(200).required(),
  role: Joi.string().valid('ADMIN', 'STAFF').default('STAFF'),
});
const credentials = Joi.object({ email: email.required(), password: Joi.string().max(200).required() });
const refresh = Joi.object({ refreshToken: Joi.string().max(2000) });

// Any number does, as long as nothing else in this database locks the same one.
const SETUP_LOCK = 731_100_480;

function authRoutes({ prisma, sessions, cookies }) {
  const router = Router();
  const signedIn = authenticate(sessions);
  // Checked when the e-mail is unknown, so that the answer takes as long as for a wrong password.
  const decoy = hashPassword('nobody has this password');

  // The first person sets the firm up and becomes its administrator.
  router.post('/setup', async (req, res) => {
    const { password, ...rest } = validate(newUser, req.body);
    const passwordHash = await hashPassword(password);
    const user = await prisma.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(${SETUP_LOCK}::bigint)`;
      if (await tx.user.findFirst()) throw conflict('VaultCPA is set up already; ask an administrator for an account');
      return tx.user.create({ data: { ...rest, role: 'ADMIN', passwordHash } });
    });
    res.status(201).json({ user: publicUser(user) });
  });

  router.post('/users', signedIn, requireAdmin, async (req, res) => {
    const { password, ...rest } = validate(newUser, req.body);
    const user = await prisma.user.create({ data: { ...rest, passwordHash: await hashPassword(password) } });
    res.status(201).json({ user: publicUser(user) });
  });

  router.post('/login', async (req, res) => {
    const { email: address, password } = validate(credentials, req.body);
    const user = await prisma.user.findUnique({ where: { email: address } });
    const matches = await verifyPassword(password, user?.passwordHash ?? (await decoy));
    if (!user || !matches) throw unauthorized('E-mail or password is wrong');
    answer(res, user, await sessions.start(user));
  });

  router.post('/refresh', async (req, res) => {
    const { user, session } = await sessions.rotate(givenRefreshToken(req));
    answer(res, user, session);
  });

  router.post('/logout', async (req, res) => {
    cookies.clear(res);
    await sessions.end(givenRefreshToken(req));
    res.status(204).end();
  });

  router.get('/me', signedIn, async (req, res) => {
    const user = await prisma.user.findUnique({ where: { id: req.user.id } });
    if (!user) throw unauthorized();
    res.json({ user: publicUser(user) });
  });

  function answer(res, user, session) {
    cookies.set(res, session);
    res.json({ user: publicUser(user), accessToken: session.accessToken, refreshToken: session.refreshToken });
  }

  return router;
}

const givenRefreshToken = (req) => validate(refresh, req.body).refreshToken ?? readCookies(req)[REFRESH_COOKIE];

const publicUser = ({ id, email: address, name, role }) => ({ id, email: address, name, role });

module.exports = { authRoutes };
