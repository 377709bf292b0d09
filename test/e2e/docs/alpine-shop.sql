-- A shop whose names and types are its own: the guide's example, with a month of sales.
create schema shop;

create table shop.client (
  client_no bigint primary key, mail varchar(200), full_name varchar(100), land char(2),
  joined timestamp not null, changed timestamp not null
);
create table shop.article (
  ean text primary key, title text, group_name text, maker text, price_cents int,
  changed timestamp not null
);
create table shop.sale (
  sale_no int primary key, client_no bigint, state smallint not null, bought timestamp,
  rebate_cents int, vat_cents int, postage_cents int, refunded_cents int, refunded timestamp,
  changed timestamp not null
);
create table shop.sale_item (
  id uuid primary key default gen_random_uuid(), sale_no int not null, ean text not null,
  pieces numeric(10, 2) not null, piece_cents int not null
);

insert into shop.client values
  (1, 'Anna.Huber@example.com', 'Anna Huber', 'AT', '2025-01-01 10:00', '2025-01-01 10:00'),
  (2, 'ben@example.org', 'Ben Maier', 'DE', '2025-02-01 10:00', '2025-02-01 10:00');
insert into shop.article values
  ('9001', 'Rope 60 m', 'Climbing', 'Fels', 8990, '2026-01-01 08:00'),
  ('9002', 'Headlamp', 'Light', 'Lumo', 3990, '2026-01-01 08:00');
-- 2: paid, one piece given back; 3: cancelled on the day of the clock change; 4: a basket.
insert into shop.sale values
  (1, 1, 2, '2026-03-02 00:30', 1000, 2000, 490, 0, null, '2026-03-02 00:30'),
  (2, 2, 2, '2026-03-02 23:59', 0, 1500, 0, 4990, '2026-03-20 12:00', '2026-03-20 12:00'),
  (3, 1, 9, '2026-03-29 03:30', 0, 400, 490, null, null, '2026-03-30 09:00'),
  (4, 2, 0, '2026-03-10 10:00', 0, 0, 0, null, null, '2026-03-10 10:00');
insert into shop.sale_item (sale_no, ean, pieces, piece_cents) values
  (1, '9001', 1, 8990), (1, '9002', 2, 3990), (2, '9001', 1, 8990), (3, '9001', 1, 8990),
  (4, '9002', 1, 3990);
