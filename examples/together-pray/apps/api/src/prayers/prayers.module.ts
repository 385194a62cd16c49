import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { GroupsModule } from '../groups/groups.module.js';
import { Intercession } from './intercession.entity.js';
import { Prayer } from './prayer.entity.js';
import { PrayersController } from './prayers.controller.js';
import { PrayersService } from './prayers.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Prayer, Intercession]), GroupsModule],
  controllers: [PrayersController],
  providers: [PrayersService],
})
export class PrayersModule {}
