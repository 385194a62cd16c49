import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { CurrentVisitor } from '../auth/auth.guard.js';
import type { Visitor } from '../auth/sessions.js';
import { CreateGroupDto, JoinGroupDto } from './groups.dto.js';
import { GroupsService } from './groups.service.js';

@Controller('groups')
export class GroupsController {
  constructor(private readonly groups: GroupsService) {}

  @Get()
  async list(@CurrentVisitor() visitor: Visitor) {
    return { groups: await this.groups.of(visitor.id) };
  }

  @Post()
  async create(@CurrentVisitor() visitor: Visitor, @Body() body: CreateGroupDto) {
    return { group: await this.groups.create(visitor.id, body) };
  }

  @Post('join')
  @HttpCode(200)
  async join(@CurrentVisitor() visitor: Visitor, @Body() body: JoinGroupDto) {
    return { group: await this.groups.join(visitor.id, body.code) };
  }

  @Get(':id')
  async one(@CurrentVisitor() visitor: Visitor, @Param('id', ParseUUIDPipe) id: string) {
    return { group: await this.groups.one(visitor.id, id) };
  }
}
