import { CreateDateColumn, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { User } from '../users/user.entity.js';
import { Prayer } from './prayer.entity.js';

/** Someone has prayed for something. */
@Entity('intercessions')
export class Intercession {
  @PrimaryColumn({ name: 'prayer_id', type: 'uuid' })
  prayerId!: string;

  @PrimaryColumn({ name: 'user_id', type: 'uuid' })
  userId!: string;

  @ManyToOne(() => Prayer, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'prayer_id' })
  prayer!: Relation<Prayer>;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id' })
  user!: Relation<User>;

  @CreateDateColumn({ name: 'prayed_at', type: 'timestamptz' })
  prayedAt!: Date;
}
