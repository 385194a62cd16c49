import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Config } from './config.js';
import type { Database } from './database.js';
import { unauthorized } from './errors.js';

const ALGORITHM = 'HS256';

export interface Session {
  accessToken: string;
  refreshToken: string;
  refreshExpiresAt: Date;
}

export type Sessions = ReturnType<typeof createSessions>;

/** Issues, rotates and revokes sessions: a short access token and a refresh token that is good for one use. */
export function createSessions(config: Config, database: Database) {
  async function start(userId: string): Promise<Session> {
    const id = randomUUID();
    const sign = (secret: string, expiresIn: string, claims: object) =>
      jwt.sign(claims, secret, {
        algorithm: ALGORITHM,
        subject: userId,
        expiresIn: expiresIn as NonNullable<jwt.SignOptions['expiresIn']>,
      });
    const refreshToken = sign(config.JWT_REFRESH_SECRET, config.JWT_REFRESH_EXPIRES_IN, { jti: id });
    const accessToken = sign(config.JWT_SECRET, config.JWT_EXPIRES_IN, {});
    const { exp } = verify(refreshToken, config.JWT_REFRESH_SECRET);
    const refreshExpiresAt = new Date(exp * 1_000);
    await database.query('INSERT INTO refresh_tokens (id, user_id, expires_at) VALUES ($1, $2, $3)', [
      id,
      userId,
      refreshExpiresAt,
    ]);
    return { accessToken, refreshToken, refreshExpiresAt };
  }

  async function rotate(refreshToken: string | undefined): Promise<Session> {
    const { jti, sub } = verify(refreshToken, config.JWT_REFRESH_SECRET);
    // One statement decides who uses the token, so two requests with the same token cannot both win.
    const { rowCount } = await database.query(
      'UPDATE refresh_tokens SET used_at = now() WHERE id = $1 AND used_at IS NULL',
      [jti],
    );
    if (rowCount === 0) {
      // Used before: it was copied. End every session of the user.
      await database.query('DELETE FROM refresh_tokens WHERE user_id = $1', [sub]);
      throw unauthorized('The session has ended');
    }
    return start(sub);
  }

  async function end(refreshToken: string | undefined): Promise<void> {
    const { jti } = verify(refreshToken, config.JWT_REFRESH_SECRET);
    await database.query('DELETE FROM refresh_tokens WHERE id = $1', [jti]);
  }

  /** The id of the user whom an access token was issued to. */
  const identify = (accessToken: string | undefined): string => verify(accessToken, config.JWT_SECRET).sub;

  return { start, rotate, end, identify };
}

function verify(token: string | undefined, secret: string) {
  if (!token) throw unauthorized();
  try {
    const claims = jwt.verify(token, secret, { algorithms: [ALGORITHM] }) as jwt.JwtPayload;
    return { sub: claims.sub ?? '', jti: claims.jti, exp: claims.exp ?? 0 };
  } catch {
    throw unauthorized('The session has ended');
  }
}
