-- The partitions of a table, oldest first, with what they hold and take on the disk.
select
    partition,
    sum(rows) as rows,
    sum(bytes_on_disk) as bytes
from system.parts
where active
  and database = {database:String}
  and table = {table:String}
group by partition
having rows > 0
order by partition
