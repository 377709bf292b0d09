import { splitMaterialized } from './materialized.js';

const split = (sql: string) => splitMaterialized(sql, (name) => `stage.m_${name}`);

describe('subqueries that are made once', () => {
  it('become tables, each with what stands before it, and the rest reads them', () => {
    const { steps, sql } = split(
      `with a as (select 1 as x),
b as materialized (
    select ')' as y, (x) as z from a
),
c as materialized (select * from b)
select * from b, c`,
    );
    expect(steps).toEqual([
      {
        table: 'stage.m_b',
        sql: `with a as (select 1 as x) select ')' as y, (x) as z from a`,
      },
      {
        table: 'stage.m_c',
        sql: 'with a as (select 1 as x), b as (select * from stage.m_b) select * from b',
      },
    ]);
    expect(sql).toContain('c as (select * from stage.m_c)\nselect * from b, c');
  });

  it('may come first', () => {
    expect(split('with a as materialized (select 1) select * from a')).toEqual({
      steps: [{ table: 'stage.m_a', sql: 'select 1' }],
      sql: 'with a as (select * from stage.m_a) select * from a',
    });
  });

  it('leaves other SQL as it is, and refuses what does not end', () => {
    expect(split('select 1')).toEqual({ steps: [], sql: 'select 1' });
    expect(() => split(`with a as materialized (select ')'`)).toThrow('not closed');
  });
});
