import { randomBytes } from 'node:crypto';
import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import { GroupMember } from './group-member.entity.js';
import { Group } from './group.entity.js';
import type { CreateGroupDto } from './groups.dto.js';

@Injectable()
export class GroupsService {
  constructor(
    @InjectRepository(Group) private readonly groups: Repository<Group>,
    @InjectRepository(GroupMember) private readonly members: Repository<GroupMember>,
    @InjectDataSource() private readonly database: DataSource,
  ) {}

  /** A new group, of which whoever made it is the first member. */
  create(userId: string, { name, description = '' }: CreateGroupDto): Promise<Group> {
    return this.database.transaction(async (manager) => {
      const inviteCode = randomBytes(9).toString('base64url');
      const group = await manager.save(manager.create(Group, { name, description, inviteCode }));
      await manager.insert(GroupMember, { groupId: group.id, userId });
      return group;
    });
  }

  of(userId: string): Promise<Group[]> {
    return this.groups
      .createQueryBuilder('group')
      .innerJoin(GroupMember, 'member', 'member.groupId = group.id AND member.userId = :userId', { userId })
      .orderBy('group.name')
      .limit(200)
      .getMany();
  }

  async one(userId: string, id: string) {
    await this.assertMember(userId, id);
    const group = await this.groups.findOneByOrFail({ id });
    return { ...group, members: await this.members.countBy({ groupId: id }) };
  }

  async join(userId: string, inviteCode: string): Promise<Group> {
    const group = await this.groups.findOneBy({ inviteCode });
    if (!group) throw new NotFoundException('No group has this code');
    await this.members.createQueryBuilder().insert().values({ groupId: group.id, userId }).orIgnore().execute();
    return group;
  }

  /** To everyone else a group is not there. */
  async assertMember(userId: string | undefined, groupId: string): Promise<void> {
    const member = userId !== undefined && (await this.members.existsBy({ userId, groupId }));
    if (!member) throw new NotFoundException('There is no such group');
  }
}
