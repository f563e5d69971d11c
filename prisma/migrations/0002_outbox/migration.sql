-- What a write to PostgreSQL leaves for the other stores: the event once, and one delivery for each projection.
-- A position orders the events of ONE entity (its row is locked while they are appended). Between entities
-- positions commit out of order, so nothing may conclude "done up to x" from them.

create table outbox (
  tenant_id  uuid        not null default nullif(current_setting('app.tenant', true), '')::uuid,
  position   bigint      generated always as identity,
  id         uuid        not null default gen_random_uuid(),
  entity     text        not null,
  entity_id  uuid        not null,
  kind       text        not null,
  version    smallint    not null,
  payload    jsonb       not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, position),
  unique (tenant_id, id)
);

create table outbox_deliveries (
  tenant_id       uuid        not null default nullif(current_setting('app.tenant', true), '')::uuid,
  position        bigint      not null,
  target          text        not null check (target in ('DOCUMENTS', 'GRAPH', 'SEARCH')),
  entity_id       uuid        not null,
  state           text        not null default 'pending' check (state in ('pending', 'done', 'dead')),
  attempts        smallint    not null default 0,
  next_attempt_at timestamptz not null default now(),
  lease_until     timestamptz,
  leased_by       uuid,
  last_error_code text,
  created_at      timestamptz not null default now(),
  primary key (tenant_id, position, target),
  foreign key (tenant_id, position) references outbox (tenant_id, position) on delete cascade
);

-- Claims read a tenant's waiting deliveries, longest waiting first, and ask whether an earlier one of the entity is open.
create index outbox_deliveries_pending on outbox_deliveries (tenant_id, target, next_attempt_at, position)
  where state = 'pending';
create index outbox_deliveries_open on outbox_deliveries (tenant_id, entity_id, target, position) where state <> 'done';
create index outbox_created_at on outbox (created_at);

alter table outbox enable row level security;
alter table outbox force row level security;
alter table outbox_deliveries enable row level security;
alter table outbox_deliveries force row level security;

create policy outbox_tenant on outbox
  using (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));
create policy outbox_deliveries_tenant on outbox_deliveries
  using (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));

-- A request may append and look, under its own tenant (which it cannot even name: the column's default does);
-- it can neither alter an event nor mark one as delivered.
grant select on outbox, outbox_deliveries to polygraph_app;
grant insert (entity, entity_id, kind, version, payload) on outbox to polygraph_app;
grant insert (position, target, entity_id) on outbox_deliveries to polygraph_app;

-- The relay works for every tenant: it reads events, moves deliveries on, and removes what has been delivered.
grant select, delete on outbox to polygraph_relay;
grant select on outbox_deliveries to polygraph_relay;
grant update (state, attempts, next_attempt_at, lease_until, leased_by, last_error_code)
  on outbox_deliveries to polygraph_relay;

create policy outbox_relay_read on outbox for select to polygraph_relay using (true);
create policy outbox_relay_prune on outbox for delete to polygraph_relay using (
  not exists (
    select 1 from outbox_deliveries d
    where d.tenant_id = outbox.tenant_id and d.position = outbox.position and d.state <> 'done'
  )
);
create policy outbox_deliveries_relay_read on outbox_deliveries for select to polygraph_relay using (true);
create policy outbox_deliveries_relay_update on outbox_deliveries for update to polygraph_relay
  using (true) with check (true);

-- Full text is a projection too. Here the relay has no more than a request has: one tenant at a time.
grant select, insert, update on content_search to polygraph_relay;
