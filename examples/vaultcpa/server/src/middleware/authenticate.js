const { forbidden } = require('../errors');
const { ACCESS_COOKIE, readCookies } = require('../cookies');

/** Requires an access token, from the Authorization header or from the cookie the login set. */
function authenticate(sessions) {
  return (req, res, next) => {
    const bearer = /^Bearer (\S+)$/.exec(req.get('authorization') ?? '')?.[1];
    req.user = sessions.identify(bearer ?? readCookies(req)[ACCESS_COOKIE]);
    next();
  };
}

function requireAdmin(req, res, next) {
  if (req.user.role !== 'ADMIN') throw forbidden('Only an administrator may do this');
  next();
}

module.exports = { authenticate, requireAdmin };
