-- The tables of the demo's shop. One row of purchases is one order line; the rows of one
-- order_number are an order. The indexes on (updated_at, id) serve who reads the changes
-- since the last time.
create table if not exists users (
    id text primary key,
    email text not null,
    name text not null,
    country text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index if not exists users_updated_at_id on users (updated_at, id);

create table if not exists items (
    id text primary key,
    sku text not null,
    name text not null,
    category text not null,
    brand text not null,
    price numeric(12, 2) not null,
    currency text not null,
    updated_at timestamptz not null
);
create index if not exists items_updated_at_id on items (updated_at, id);

create table if not exists purchases (
    id bigint primary key,
    order_number text not null,
    user_id text null,
    item_id text not null,
    quantity int not null,
    unit_price numeric(12, 2) not null,
    discount numeric(12, 2) not null,
    tax numeric(12, 2) not null,
    shipping numeric(12, 2) not null,
    currency text not null,
    status text not null check (status in ('pending', 'paid', 'cancelled', 'refunded')),
    refunded_amount numeric(12, 2) null,
    refunded_at timestamptz null,
    purchased_at timestamptz not null,
    updated_at timestamptz not null
);
create index if not exists purchases_updated_at_id on purchases (updated_at, id);
create index if not exists purchases_order_number on purchases (order_number);
