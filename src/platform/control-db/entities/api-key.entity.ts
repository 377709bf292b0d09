/** Table api_keys. */
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { Scope } from '../../../contracts/scopes.js';

/** A key that may call the service. Only its SHA-256 digest is kept. */
@Entity('api_keys')
export class ApiKey {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'bytea' })
  digest!: Buffer;

  @Column({ type: 'text', array: true })
  scopes!: Scope[];

  /** Which shop or channel the events sent with this key belong to. */
  @Column({ type: 'text' })
  source!: string;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  /** When a key that was rotated stops working; null for one that was not. */
  @Column({ type: 'timestamptz', name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  /** Origins of the pages that may send with it; empty if any sender may. */
  @Column({ type: 'text', array: true, name: 'allowed_origins' })
  allowedOrigins!: string[];
}
