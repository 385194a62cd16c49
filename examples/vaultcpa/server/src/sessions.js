const { randomUUID } = require('node:crypto');
const jwt = require('jsonwebtoken');
const { unauthorized } = require('./errors');

const ALGORITHM = 'HS256';

/** Issues, rotates and revokes sessions: a short access token and a refresh token that is good for one use. */
function createSessions({ config, prisma }) {
  async function start(user) {
    const id = randomUUID();
    const refreshToken = jwt.sign({}, config.JWT_REFRESH_SECRET, {
      algorithm: ALGORITHM,
      subject: user.id,
      jwtid: id,
      expiresIn: config.JWT_REFRESH_EXPIRES_IN,
    });
    const accessToken = jwt.sign({ role: user.role, name: user.name }, config.JWT_SECRET, {
      algorithm: ALGORITHM,
      subject: user.id,
      expiresIn: config.JWT_EXPIRES_IN,
    });
    const refreshExpiresAt = expiry(refreshToken);
    await prisma.refreshToken.create({ data: { id, userId: user.id, expiresAt: refreshExpiresAt } });
    return { accessToken, refreshToken, accessExpiresAt: expiry(accessToken), refreshExpiresAt };
  }

  async function rotate(refreshToken) {
    const claims = verify(refreshToken, config.JWT_REFRESH_SECRET);
    // One statement decides who uses the token, so two requests with the same token cannot both win.
    const { count } = await prisma.refreshToken.updateMany({
      where: { id: claims.jti, usedAt: null },
      data: { usedAt: new Date() },
    });
    if (count === 0) {
      // Used before: it was copied. End every session of the user.
      await prisma.refreshToken.deleteMany({ where: { userId: claims.sub } });
      throw unauthorized('The session has ended');
    }
    const user = await prisma.user.findUnique({ where: { id: claims.sub } });
    if (!user) throw unauthorized('The session has ended');
    return { user, session: await start(user) };
  }

  async function end(refreshToken) {
    const claims = verify(refreshToken, config.JWT_REFRESH_SECRET);
    await prisma.refreshToken.deleteMany({ where: { id: claims.jti } });
  }

  function identify(accessToken) {
    const { sub, role, name } = verify(accessToken, config.JWT_SECRET);
    return { id: sub, role, name };
  }

  return { start, rotate, end, identify };
}

function verify(token, secret) {
  if (!token) throw unauthorized();
  try {
    return jwt.verify(token, secret, { algorithms: [ALGORITHM] });
  } catch {
    throw unauthorized('The session has ended');
  }
}

const expiry = (token) => new Date(jwt.decode(token).exp * 1000);

module.exports = { createSessions };
