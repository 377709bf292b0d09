/**
 * The fence around what the pipeline remembers in the control database: the epoch under which this
 * process writes. A write of an epoch that another one followed changes nothing; one statement
 * checks and writes, so that no pause of the writer can come between the two.
 */
export class Fence {
  /** 0 until this process has led: then it may write as long as nobody has. */
  epoch = 0;
}

/** The condition of such a statement, where TypeORM makes it. */
export const NOT_FOLLOWED = 'not exists (select from leader_epochs where id > :epoch)';
