import type { Redis } from 'ioredis';
import jwt from 'jsonwebtoken';
import { randomUUID } from 'node:crypto';
import type { Config } from '../config.js';
import { unauthorized } from './errors.js';

const ALGORITHM = 'HS256';

/** Who asks, and with which token. */
export interface Session {
  userId: string;
  tokenId: string;
  /** Seconds since 1970. */
  expiresAt: number;
}

/** Signed tokens; those signed out are remembered in Redis until they would have expired. */
export class Sessions {
  constructor(
    private readonly config: Config['jwt'],
    private readonly redis: Redis,
  ) {}

  start(userId: string): string {
    return jwt.sign({}, this.config.secret, {
      algorithm: ALGORITHM,
      subject: userId,
      jwtid: randomUUID(),
      expiresIn: this.config.expirySeconds,
    });
  }

  /** Whose token it is; a 401 when it is not ours, too old, or signed out. */
  async identify(token: string | undefined): Promise<Session> {
    const session = this.read(token);
    if (await this.redis.exists(endedKey(session.tokenId))) throw unauthorized();
    return session;
  }

  async end(session: Session): Promise<void> {
    await this.redis.set(endedKey(session.tokenId), '1', 'EXAT', session.expiresAt);
  }

  private read(token: string | undefined): Session {
    if (!token) throw unauthorized();
    try {
      const claims = jwt.verify(token, this.config.secret, { algorithms: [ALGORITHM] });
      if (typeof claims === 'object' && claims.sub && claims.jti && claims.exp) {
        return { userId: claims.sub, tokenId: claims.jti, expiresAt: claims.exp };
      }
    } catch {
      // Whatever is wrong with it, the answer is the same.
    }
    throw unauthorized();
  }
}

const endedKey = (tokenId: string) => `session:ended:${tokenId}`;
