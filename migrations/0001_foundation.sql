-- sunset_date: 2026-12-20
-- Tenants, members, tokens, policy, runbooks with immutable versions, the panic row, the chained audit log and the
-- bookkeeping of messages. Every row of a tenant is visible to that tenant alone, whatever the service asks for.
--
-- Runs as dd0c_owner, which owns everything and can log in nowhere. The service is dd0c_app: it owns nothing.

-- The tenant of this transaction; null when none is set, and then no row matches. STABLE, never IMMUTABLE: a cached
-- plan must ask again. nullif, because a setting that was local to an earlier transaction reads as ''.
create function dd0c.current_tenant() returns uuid
  language sql stable parallel safe
  set search_path = pg_catalog
  as $$ select nullif(current_setting('app.current_tenant_id', true), '')::uuid $$;
grant execute on function dd0c.current_tenant() to dd0c_app;

-- Gives a table of tenants' rows its isolation. Every later migration calls it for every table with a tenant_id.
create function dd0c.isolate(target regclass) returns void
  language plpgsql
  set search_path = pg_catalog
  as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy own_tenant on %s using (tenant_id = (select dd0c.current_tenant()))'
                 ' with check (tenant_id = (select dd0c.current_tenant()))', target);
end
$$;

-- For tables whose rows are never changed once written; also binds the owner.
create function dd0c.deny_change() returns trigger
  language plpgsql
  set search_path = pg_catalog
  as $$
begin
  raise exception '% is append-only: % refused', tg_table_name, lower(tg_op) using errcode = 'insufficient_privilege';
end
$$;

create function dd0c.append_only(target regclass) returns void
  language plpgsql
  set search_path = pg_catalog
  as $$
begin
  execute format('create trigger deny_change before update or delete on %s'
                 ' for each row execute function dd0c.deny_change()', target);
  execute format('create trigger deny_truncate before truncate on %s'
                 ' for each statement execute function dd0c.deny_change()', target);
end
$$;

---------------------------------------------------------------------------------------------- tenants and members

create table dd0c.tenants (
  id         uuid primary key,
  name       text not null check (length(name) between 1 and 200),
  -- Not unique: a unique index would tell one tenant that another exists.
  slug       text not null check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  created_at timestamptz not null default clock_timestamp()
);
alter table dd0c.tenants enable row level security;
alter table dd0c.tenants force row level security;
create policy own_tenant on dd0c.tenants
  using (id = (select dd0c.current_tenant())) with check (id = (select dd0c.current_tenant()));
grant select, insert on dd0c.tenants to dd0c_app;
grant update (name, slug) on dd0c.tenants to dd0c_app;

create table dd0c.users (
  tenant_id  uuid not null references dd0c.tenants (id),
  id         uuid not null,
  email      text not null check (length(email) between 3 and 320),
  name       text not null,
  role       text not null check (role in ('viewer', 'responder', 'lead', 'owner')),
  active     boolean not null default true,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id)
);
create unique index users_email on dd0c.users (tenant_id, lower(email));
select dd0c.isolate('dd0c.users');
grant select, insert on dd0c.users to dd0c_app;
grant update (email, name, role, active) on dd0c.users to dd0c_app;

create table dd0c.api_tokens (
  tenant_id    uuid not null references dd0c.tenants (id),
  id           uuid not null,
  hash         bytea not null check (length(hash) = 32),
  name         text not null,
  role         text not null check (role in ('viewer', 'responder', 'lead', 'owner')),
  user_id      uuid,
  created_at   timestamptz not null default clock_timestamp(),
  expires_at   timestamptz,
  revoked_at   timestamptz,
  last_used_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references dd0c.users (tenant_id, id)
);
-- Hashes of 256 random bits: that two collide says nothing about another tenant.
create unique index api_tokens_hash on dd0c.api_tokens (hash);
select dd0c.isolate('dd0c.api_tokens');
grant select, insert on dd0c.api_tokens to dd0c_app;
grant update (revoked_at, last_used_at) on dd0c.api_tokens to dd0c_app;

create table dd0c.sign_in_links (
  tenant_id  uuid not null references dd0c.tenants (id),
  id         uuid not null,
  user_id    uuid not null,
  hash       bytea not null check (length(hash) = 32),
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_at    timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references dd0c.users (tenant_id, id)
);
create unique index sign_in_links_hash on dd0c.sign_in_links (hash);
select dd0c.isolate('dd0c.sign_in_links');
grant select, insert on dd0c.sign_in_links to dd0c_app;
grant update (used_at) on dd0c.sign_in_links to dd0c_app;

-- A session's id is the `jti` of its JWT.
create table dd0c.sessions (
  tenant_id  uuid not null references dd0c.tenants (id),
  id         uuid not null,
  user_id    uuid not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references dd0c.users (tenant_id, id)
);
select dd0c.isolate('dd0c.sessions');
grant select, insert, delete on dd0c.sessions to dd0c_app;
grant update (revoked_at) on dd0c.sessions to dd0c_app;

create table dd0c.policies (
  tenant_id  uuid not null references dd0c.tenants (id),
  version    integer not null check (version >= 1),
  document   jsonb not null,
  created_by jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, version)
);
select dd0c.isolate('dd0c.policies');
select dd0c.append_only('dd0c.policies');
grant select, insert on dd0c.policies to dd0c_app;

---------------------------------------------------------------------------------------------------------- runbooks

create table dd0c.runbooks (
  tenant_id      uuid not null references dd0c.tenants (id),
  id             uuid not null,
  title          text not null,
  trust_level    smallint not null default 1 check (trust_level between 0 and 2),
  locked_strict  boolean not null default false,
  latest_version integer not null check (latest_version >= 1),
  created_at     timestamptz not null default clock_timestamp(),
  updated_at     timestamptz not null default clock_timestamp(),
  deleted_at     timestamptz,
  primary key (tenant_id, id)
);
select dd0c.isolate('dd0c.runbooks');
grant select, insert on dd0c.runbooks to dd0c_app;
grant update (title, trust_level, locked_strict, latest_version, updated_at, deleted_at) on dd0c.runbooks to dd0c_app;

create table dd0c.runbook_versions (
  tenant_id     uuid not null,
  runbook_id    uuid not null,
  version       integer not null check (version >= 1),
  title         text not null,
  source_text   text not null check (octet_length(source_text) <= 1048576),
  source_sha256 bytea not null check (source_sha256 = sha256(convert_to(source_text, 'UTF8'))),
  parsed        jsonb not null,
  created_by    jsonb not null,
  created_at    timestamptz not null default clock_timestamp(),
  primary key (tenant_id, runbook_id, version),
  foreign key (tenant_id, runbook_id) references dd0c.runbooks (tenant_id, id)
);
select dd0c.isolate('dd0c.runbook_versions');
select dd0c.append_only('dd0c.runbook_versions');
grant select, insert on dd0c.runbook_versions to dd0c_app;

create table dd0c.classifications (
  tenant_id  uuid not null,
  runbook_id uuid not null,
  version    integer not null,
  step_id    uuid not null,
  document   jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, runbook_id, version, step_id),
  foreign key (tenant_id, runbook_id, version) references dd0c.runbook_versions (tenant_id, runbook_id, version)
);
create index classifications_step on dd0c.classifications (tenant_id, step_id, created_at desc);
select dd0c.isolate('dd0c.classifications');
select dd0c.append_only('dd0c.classifications');
grant select, insert on dd0c.classifications to dd0c_app;

------------------------------------------------------------------------------------------------------------- panic

-- One row a tenant, made with the tenant. A missing row reads as halted.
create table dd0c.panic (
  tenant_id  uuid primary key references dd0c.tenants (id),
  epoch      bigint not null default 1 check (epoch >= 1),
  halted     boolean not null default false,
  reason     text not null default '',
  changed_by jsonb,
  changed_at timestamptz not null default clock_timestamp()
);
select dd0c.isolate('dd0c.panic');
grant select on dd0c.panic to dd0c_app;
grant update (epoch, halted, reason, changed_by, changed_at) on dd0c.panic to dd0c_app;

create function dd0c.epoch_grows() returns trigger
  language plpgsql
  set search_path = pg_catalog
  as $$
begin
  if new.epoch <> old.epoch + 1 then
    raise exception 'a panic epoch grows by one';
  end if;
  return new;
end
$$;
create trigger epoch_grows before update on dd0c.panic for each row execute function dd0c.epoch_grows();

create function dd0c.first_panic_row() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog
  as $$
begin
  insert into dd0c.panic (tenant_id) values (new.id);
  return null;
end
$$;
create trigger first_panic_row after insert on dd0c.tenants for each row execute function dd0c.first_panic_row();

------------------------------------------------------------------------------------------------------------- audit

-- The end of each tenant's chain. Only the trigger below writes it; the service may read its own.
create table dd0c.audit_heads (
  tenant_id uuid primary key references dd0c.tenants (id),
  seq       bigint not null default 0,
  hash      bytea not null default '\x0000000000000000000000000000000000000000000000000000000000000000'
) with (fillfactor = 50);
select dd0c.isolate('dd0c.audit_heads');
grant select on dd0c.audit_heads to dd0c_app;

-- A unique index on a partitioned table must contain created_at, so it is the head row's lock that keeps seq unique.
create table dd0c.audit_events (
  tenant_id    uuid not null references dd0c.tenants (id),
  seq          bigint not null,
  event_type   text not null,
  execution_id uuid,
  actor        jsonb not null,
  actor_id     text not null generated always as (actor ->> 'id') stored,
  event_data   jsonb not null,
  created_at   timestamptz not null default clock_timestamp(),
  prev_hash    bytea not null,
  hash         bytea not null,
  primary key (tenant_id, seq, created_at)
) partition by range (created_at);
create index audit_events_execution on dd0c.audit_events (tenant_id, execution_id, seq);
select dd0c.isolate('dd0c.audit_events');
select dd0c.append_only('dd0c.audit_events');
grant select, insert on dd0c.audit_events to dd0c_app;

-- What one event's hash covers: everything but the hash itself. jsonb's text is canonical: keys sorted, no spaces to
-- choose, so the bytes can be made again by anyone.
create function dd0c.audit_hash(
  prev_hash bytea, tenant_id uuid, seq bigint, event_type text, execution_id uuid, actor jsonb, event_data jsonb,
  created_at timestamptz
) returns bytea
  language sql stable
  set search_path = pg_catalog
  as $$
    select sha256(prev_hash || convert_to(
      jsonb_build_array(tenant_id, seq, event_type, execution_id, actor, event_data,
        to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))::text, 'UTF8'))
  $$;
grant execute on function dd0c.audit_hash(bytea, uuid, bigint, text, uuid, jsonb, jsonb, timestamptz) to dd0c_app;

-- Whatever the service puts into seq, prev_hash and hash is overwritten, and the time must be now.
create function dd0c.audit_chain() returns trigger
  language plpgsql security definer
  set search_path = pg_catalog
  as $$
declare
  head record;
begin
  if abs(extract(epoch from clock_timestamp() - new.created_at)) > 5 then
    raise exception 'an audit event is recorded when it happens: created_at must be now';
  end if;
  insert into dd0c.audit_heads (tenant_id) values (new.tenant_id) on conflict do nothing;
  select h.seq, h.hash into strict head from dd0c.audit_heads h where h.tenant_id = new.tenant_id for update;
  new.seq := head.seq + 1;
  new.prev_hash := head.hash;
  new.hash := dd0c.audit_hash(new.prev_hash, new.tenant_id, new.seq, new.event_type, new.execution_id, new.actor,
                              new.event_data, new.created_at);
  update dd0c.audit_heads h set seq = new.seq, hash = new.hash where h.tenant_id = new.tenant_id;
  return new;
end
$$;
create trigger audit_chain before insert on dd0c.audit_events for each row execute function dd0c.audit_chain();

-- Rows of a month that nobody made a partition for land here: an event is never lost for want of a partition.
create table dd0c.audit_events_other partition of dd0c.audit_events default;

-- The service writes through the parent alone: no partition has a grant, and each is isolated for itself.
create function dd0c.seal_audit_partition(target regclass) returns void
  language plpgsql
  set search_path = pg_catalog
  as $$
begin
  perform dd0c.isolate(target);
  execute format('create trigger deny_truncate before truncate on %s'
                 ' for each statement execute function dd0c.deny_change()', target);
  execute format('revoke all on %s from public, dd0c_app', target);
end
$$;
select dd0c.seal_audit_partition('dd0c.audit_events_other');

-- Makes the partitions of this month and the next ones; says how many it made. A month whose events already lie in
-- the default partition stays there: nothing is ever moved.
create function dd0c.ensure_audit_partitions(months_ahead integer) returns integer
  language plpgsql security definer
  set search_path = pg_catalog
  set timezone = 'UTC'
  as $$
declare
  first_day timestamptz;
  name text;
  made integer := 0;
begin
  if months_ahead not between 0 and 24 then
    raise exception 'months_ahead is between 0 and 24';
  end if;
  perform pg_advisory_xact_lock(hashtextextended('dd0c.ensure_audit_partitions', 0));
  for ahead in 0 .. months_ahead loop
    first_day := date_trunc('month', clock_timestamp()) + make_interval(months => ahead);
    name := 'audit_events_' || to_char(first_day, 'YYYY_MM');
    continue when to_regclass('dd0c.' || name) is not null;
    begin
      execute format('create table dd0c.%I partition of dd0c.audit_events for values from (%L) to (%L)',
                     name, first_day, first_day + interval '1 month');
      perform dd0c.seal_audit_partition(format('dd0c.%I', name)::regclass);
      made := made + 1;
    exception when check_violation then
      raise notice 'events of % stay in the default partition', name;
    end;
  end loop;
  return made;
end
$$;
grant execute on function dd0c.ensure_audit_partitions(integer) to dd0c_app;
select dd0c.ensure_audit_partitions(3);

---------------------------------------------------------------------------------------------------------- messages

create table dd0c.outbox (
  tenant_id    uuid not null references dd0c.tenants (id),
  id           uuid not null,
  topic        text not null,
  key          text not null,
  payload      jsonb not null,
  created_at   timestamptz not null default clock_timestamp(),
  available_at timestamptz not null,
  attempts     integer not null default 0,
  done_at      timestamptz,
  primary key (tenant_id, id)
);
create index outbox_due on dd0c.outbox (topic, available_at) where done_at is null;
select dd0c.isolate('dd0c.outbox');
grant select, insert, delete on dd0c.outbox to dd0c_app;
grant update (available_at, attempts, done_at) on dd0c.outbox to dd0c_app;

-- A notification is seen by everybody who listens: it carries the topic and nothing of a tenant.
create function dd0c.outbox_notify() returns trigger
  language plpgsql
  set search_path = pg_catalog
  as $$
begin
  perform pg_notify('dd0c_outbox', new.topic);
  return null;
end
$$;
create trigger outbox_notify after insert on dd0c.outbox for each row execute function dd0c.outbox_notify();

create table dd0c.inbox (
  tenant_id  uuid not null references dd0c.tenants (id),
  consumer   text not null,
  message_id text not null,
  at         timestamptz not null default clock_timestamp(),
  primary key (tenant_id, consumer, message_id)
);
select dd0c.isolate('dd0c.inbox');
grant select, insert, delete on dd0c.inbox to dd0c_app;

create table dd0c.idempotency_keys (
  tenant_id      uuid not null references dd0c.tenants (id),
  key            text not null check (length(key) between 1 and 300),
  request_sha256 bytea not null check (length(request_sha256) = 32),
  status         smallint,
  response       jsonb,
  created_at     timestamptz not null default clock_timestamp(),
  primary key (tenant_id, key)
);
select dd0c.isolate('dd0c.idempotency_keys');
grant select, insert, delete on dd0c.idempotency_keys to dd0c_app;
grant update (status, response) on dd0c.idempotency_keys to dd0c_app;

--------------------------------------------------------------------------------- before the tenant is known
-- Four questions come before any tenant is known. Each is one function that answers with ids alone. The functions run
-- as dd0c_owner; these policies let that role, and only it, read past the tenant, and change nothing.

create policy lookup on dd0c.tenants for select to dd0c_owner using (true);
create policy lookup on dd0c.users for select to dd0c_owner using (true);
create policy lookup on dd0c.api_tokens for select to dd0c_owner using (true);
create policy lookup on dd0c.sign_in_links for select to dd0c_owner using (true);
create policy lookup on dd0c.outbox for select to dd0c_owner using (true);

create function dd0c.role_rank(role text) returns integer
  language sql immutable
  set search_path = pg_catalog
  as $$ select array_position(array['viewer', 'responder', 'lead', 'owner'], role) $$;

create function dd0c.tenant_ids() returns setof uuid
  language sql stable security definer
  set search_path = pg_catalog
  as $$ select id from dd0c.tenants order by id $$;
grant execute on function dd0c.tenant_ids() to dd0c_app;

create function dd0c.tenants_with_outbox(wanted_topic text, at timestamptz) returns setof uuid
  language sql stable security definer
  set search_path = pg_catalog
  as $$
    select distinct o.tenant_id from dd0c.outbox o
    where o.topic = wanted_topic and o.done_at is null and o.available_at <= at
  $$;
grant execute on function dd0c.tenants_with_outbox(text, timestamptz) to dd0c_app;

-- A token of a person never holds more rights than the person does now.
create function dd0c.find_api_token(wanted bytea, at timestamptz)
  returns table (tenant_id uuid, token_id uuid, user_id uuid, role text)
  language sql stable security definer
  set search_path = pg_catalog
  as $$
    select t.tenant_id, t.id, t.user_id,
           case when u.id is not null and dd0c.role_rank(u.role) < dd0c.role_rank(t.role) then u.role else t.role end
    from dd0c.api_tokens t
    left join dd0c.users u on u.tenant_id = t.tenant_id and u.id = t.user_id
    where t.hash = wanted and t.revoked_at is null and (t.expires_at is null or t.expires_at > at)
      and (t.user_id is null or u.active)
  $$;
grant execute on function dd0c.find_api_token(bytea, timestamptz) to dd0c_app;

create function dd0c.find_sign_in_link(wanted bytea, at timestamptz)
  returns table (tenant_id uuid, link_id uuid, user_id uuid, role text)
  language sql stable security definer
  set search_path = pg_catalog
  as $$
    select l.tenant_id, l.id, l.user_id, u.role
    from dd0c.sign_in_links l
    join dd0c.users u on u.tenant_id = l.tenant_id and u.id = l.user_id
    where l.hash = wanted and l.used_at is null and l.expires_at > at and u.active
  $$;
grant execute on function dd0c.find_sign_in_link(bytea, timestamptz) to dd0c_app;
