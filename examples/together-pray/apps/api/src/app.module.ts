import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuthModule } from './auth/auth.module.js';
import { databaseOptions } from './database/options.js';
import { Drain } from './drain.js';
import { ReportFilter } from './errors/report.filter.js';
import { SentryReporter } from './errors/sentry.js';
import { GroupsModule } from './groups/groups.module.js';
import { HealthController } from './health/health.controller.js';
import { PrayersModule } from './prayers/prayers.module.js';
import { type Settings, settingsSchema } from './settings.js';

@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true, cache: true, validationSchema: settingsSchema }),
    TypeOrmModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (settings: ConfigService<Settings, true>) => ({
        ...databaseOptions(settings.get('DATABASE_URL', { infer: true })),
        poolSize: settings.get('DATABASE_POOL', { infer: true }),
        retryAttempts: 5,
      }),
    }),
    ThrottlerModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (settings: ConfigService<Settings, true>) => [
        { ttl: 60_000, limit: settings.get('THROTTLE_LIMIT', { infer: true }) },
      ],
    }),
    AuthModule,
    GroupsModule,
    PrayersModule,
  ],
  controllers: [HealthController],
  providers: [
    Drain,
    SentryReporter,
    { provide: APP_GUARD, useClass: ThrottlerGuard },
    { provide: APP_FILTER, useClass: ReportFilter },
  ],
})
export class AppModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(Drain).forRoutes('{*path}');
  }
}
