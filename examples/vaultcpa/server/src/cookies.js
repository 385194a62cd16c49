const { parseCookie } = require('cookie');

const ACCESS_COOKIE = 'vaultcpa_access';
const REFRESH_COOKIE = 'vaultcpa_refresh';

const readCookies = (req) => parseCookie(req.get('cookie') ?? '');

/** Cookies for the pages: out of reach of scripts, and not sent along by other sites' forms. */
function createCookies(frontendUrl) {
  const options = { httpOnly: true, sameSite: 'lax', path: '/', secure: frontendUrl.startsWith('https:') };
  return {
    set(res, session) {
      res.cookie(ACCESS_COOKIE, session.accessToken, { ...options, expires: session.accessExpiresAt });
      res.cookie(REFRESH_COOKIE, session.refreshToken, { ...options, expires: session.refreshExpiresAt });
    },
    clear(res) {
      res.clearCookie(ACCESS_COOKIE, options);
      res.clearCookie(REFRESH_COOKIE, options);
    },
  };
}

module.exports = { ACCESS_COOKIE, REFRESH_COOKIE, createCookies, readCookies };
