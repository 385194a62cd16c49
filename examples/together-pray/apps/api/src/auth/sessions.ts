import { Injectable, UnauthorizedException } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { JwtService } from '@nestjs/jwt';
import type { Settings } from '../settings.js';
import type { User } from '../users/user.entity.js';

/** Whoever is signed in, as their token says. */
export interface Visitor {
  id: string;
  name: string;
}

/** Tokens: a short one for requests, a long one to get the next short one with. Each has a secret of its own. */
@Injectable()
export class Sessions {
  private readonly access;
  private readonly refresh;

  constructor(
    private readonly jwt: JwtService,
    settings: ConfigService<Settings, true>,
  ) {
    this.access = { secret: settings.get('JWT_SECRET', { infer: true }), expiresIn: '15m' } as const;
    this.refresh = { secret: settings.get('JWT_REFRESH_SECRET', { infer: true }), expiresIn: '30d' } as const;
  }

  async open(user: User) {
    const claims = { sub: user.id, name: user.name };
    return {
      user: { id: user.id, email: user.email, name: user.name },
      accessToken: await this.jwt.signAsync(claims, this.access),
      refreshToken: await this.jwt.signAsync({ sub: user.id }, this.refresh),
    };
  }

  async verify(token: string): Promise<Visitor> {
    const { sub, name } = await this.read<{ sub: string; name: string }>(token, this.access.secret);
    return { id: sub, name };
  }

  async verifyRefresh(token: string): Promise<string> {
    return (await this.read<{ sub: string }>(token, this.refresh.secret)).sub;
  }

  private async read<Claims extends object>(token: string, secret: string): Promise<Claims> {
    try {
      return await this.jwt.verifyAsync<Claims>(token, { secret, algorithms: ['HS256'] });
    } catch {
      throw new UnauthorizedException('The session has ended; sign in again');
    }
  }
}
