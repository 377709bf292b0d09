/** Table pii_vault. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One personal value of one person, encrypted; the warehouse holds only its token. */
@Entity('pii_vault')
export class VaultEntry {
  /** The person's id as the warehouse knows it: never personal data itself. */
  @PrimaryColumn({ type: 'text' })
  subject!: string;

  @PrimaryColumn({ type: 'text' })
  token!: string;

  /** Where the value stood, as a dotted path, e.g. `traits.email`. */
  @PrimaryColumn({ type: 'text' })
  field!: string;

  @Column({ type: 'text' })
  kind!: string;

  /** AES-256-GCM under a key derived for the subject: nonce, tag, ciphertext. */
  @Column({ type: 'bytea' })
  ciphertext!: Buffer;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;
}
