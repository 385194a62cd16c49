import { ForbiddenException, Injectable, NotFoundException } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { GroupsService } from '../groups/groups.service.js';
import { Intercession } from './intercession.entity.js';
import { Prayer } from './prayer.entity.js';
import type { CreatePrayerDto, ListPrayersDto } from './prayers.dto.js';

@Injectable()
export class PrayersService {
  constructor(
    @InjectRepository(Prayer) private readonly prayers: Repository<Prayer>,
    @InjectRepository(Intercession) private readonly intercessions: Repository<Intercession>,
    private readonly groups: GroupsService,
  ) {}

  /** The newest prayers of a group, or of the wall that everyone sees. */
  async list(userId: string | undefined, { group, limit = 50 }: ListPrayersDto) {
    if (group) await this.groups.assertMember(userId, group);
    const query = this.prayers
      .createQueryBuilder('prayer')
      .innerJoinAndSelect('prayer.author', 'author')
      .addSelect(
        (count) => count.select('count(*)').from(Intercession, 'i').where('i.prayerId = prayer.id'),
        'prayed',
      )
      .where(group ? 'prayer.groupId = :group' : 'prayer.groupId IS NULL', { group })
      .orderBy('prayer.createdAt', 'DESC')
      .limit(limit);
    const { entities, raw } = await query.getRawAndEntities<{ prayed: string }>();
    return entities.map((prayer, at) => present(prayer, prayer.author.name, Number(raw[at]?.prayed ?? 0)));
  }

  async create(author: { id: string; name: string }, { title, body = '', groupId }: CreatePrayerDto) {
    if (groupId) await this.groups.assertMember(author.id, groupId);
    const prayer = this.prayers.create({ authorId: author.id, title, body, groupId: groupId ?? null });
    return present(await this.prayers.save(prayer), author.name, 0);
  }

  /** Notes that someone prayed; doing so again changes nothing. Returns how many have. */
  async pray(userId: string, id: string): Promise<number> {
    await this.visible(userId, id);
    await this.intercessions.createQueryBuilder().insert().values({ prayerId: id, userId }).orIgnore().execute();
    return this.intercessions.countBy({ prayerId: id });
  }

  async answered(userId: string, id: string): Promise<Date> {
    const prayer = await this.visible(userId, id);
    if (prayer.authorId !== userId) throw new ForbiddenException('Only who asked for a prayer knows that it is answered');
    const answeredAt = prayer.answeredAt ?? new Date();
    await this.prayers.update({ id }, { answeredAt });
    return answeredAt;
  }

  private async visible(userId: string, id: string): Promise<Prayer> {
    const prayer = await this.prayers.findOneBy({ id });
    if (!prayer) throw new NotFoundException('There is no such prayer');
    if (prayer.groupId) await this.groups.assertMember(userId, prayer.groupId);
    return prayer;
  }
}

function present({ id, title, body, groupId, answeredAt, createdAt }: Prayer, author: string, prayed: number) {
  return { id, title, body, groupId, author, prayed, answeredAt, createdAt };
}
