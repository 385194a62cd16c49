import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { CurrentVisitor, Public } from '../auth/auth.guard.js';
import type { Visitor } from '../auth/sessions.js';
import { CreatePrayerDto, ListPrayersDto } from './prayers.dto.js';
import { PrayersService } from './prayers.service.js';

@Controller('prayers')
export class PrayersController {
  constructor(private readonly prayers: PrayersService) {}

  @Public()
  @Get()
  async list(@CurrentVisitor() visitor: Visitor | undefined, @Query() query: ListPrayersDto) {
    return { prayers: await this.prayers.list(visitor?.id, query) };
  }

  @Post()
  async create(@CurrentVisitor() visitor: Visitor, @Body() body: CreatePrayerDto) {
    return { prayer: await this.prayers.create(visitor, body) };
  }

  @Post(':id/pray')
  @HttpCode(200)
  async pray(@CurrentVisitor() visitor: Visitor, @Param('id', ParseUUIDPipe) id: string) {
    return { prayed: await this.prayers.pray(visitor.id, id) };
  }

  @Post(':id/answered')
  @HttpCode(200)
  async answered(@CurrentVisitor() visitor: Visitor, @Param('id', ParseUUIDPipe) id: string) {
    return { answeredAt: await this.prayers.answered(visitor.id, id) };
  }
}
