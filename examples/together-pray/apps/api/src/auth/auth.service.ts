import { ConflictException, Injectable, UnauthorizedException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { User } from '../users/user.entity.js';
import type { LoginDto, RegisterDto } from './auth.dto.js';
import { hashPassword, passwordMatches } from './passwords.js';
import { Sessions } from './sessions.js';

// Compared with when nobody has the address, so that the answer takes as long.
const NOBODY = `${'A'.repeat(22)}==:${'A'.repeat(43)}=`;

@Injectable()
export class AuthService {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly sessions: Sessions,
  ) {}

  async register({ email, name, password }: RegisterDto) {
    const passwordHash = await hashPassword(password);
    const made = await this.users
      .createQueryBuilder()
      .insert()
      .values({ email, name, passwordHash })
      .orIgnore()
      .returning(['id'])
      .execute();
    const [row] = made.raw as { id: string }[];
    if (!row) throw new ConflictException('This address has an account already');
    return this.sessions.open(await this.users.findOneByOrFail({ id: row.id }));
  }

  async login({ email, password }: LoginDto) {
    const user = await this.users.findOne({
      where: { email },
      select: { id: true, email: true, name: true, passwordHash: true },
    });
    const matches = await passwordMatches(password, user?.passwordHash ?? NOBODY);
    if (!user || !matches) throw new UnauthorizedException('The address or the password is wrong');
    return this.sessions.open(user);
  }

  async refresh(token: string) {
    const user = await this.users.findOneBy({ id: await this.sessions.verifyRefresh(token) });
    if (!user) throw new UnauthorizedException('This account is gone');
    return this.sessions.open(user);
  }

  async me(id: string) {
    const user = await this.users.findOneBy({ id });
    if (!user) throw new UnauthorizedException('This account is gone');
    return { id: user.id, email: user.email, name: user.name };
  }
}
