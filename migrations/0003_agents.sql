-- sunset_date: 2026-12-20
-- Agents and the one-time tokens with which they join.

create table dd0c.agents (
  tenant_id          uuid not null references dd0c.tenants (id),
  id                 uuid not null,
  name               text not null check (length(name) between 1 and 200),
  version            text not null check (length(version) <= 100),
  platform           text not null check (length(platform) <= 100),
  -- What the agent said last; its own file decides, never this row.
  max_risk           text not null check (max_risk in ('safe', 'caution', 'dangerous')),
  scanner_version    text not null default '' check (length(scanner_version) <= 100),
  certificate_serial text not null check (length(certificate_serial) <= 100),
  -- The highest number of journal records the agent ever reported: going back means an old copy of its disk.
  journal_generation bigint not null default 0 check (journal_generation >= 0),
  connected          boolean not null default false,
  instance           text check (length(instance) <= 100),
  enrolled_at        timestamptz not null default clock_timestamp(),
  last_seen_at       timestamptz,
  revoked_at         timestamptz,
  primary key (tenant_id, id)
);
select dd0c.isolate('dd0c.agents');
grant select, insert on dd0c.agents to dd0c_app;
grant update (name, version, platform, max_risk, scanner_version, certificate_serial, journal_generation, connected,
              instance, last_seen_at, revoked_at) on dd0c.agents to dd0c_app;

create table dd0c.join_tokens (
  tenant_id  uuid not null references dd0c.tenants (id),
  id         uuid not null,
  hash       bytea not null check (length(hash) = 32),
  name       text not null check (length(name) between 1 and 200),
  max_risk   text not null check (max_risk in ('safe', 'caution', 'dangerous')),
  created_by jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_at    timestamptz,
  agent_id   uuid,
  primary key (tenant_id, id),
  check ((used_at is null) = (agent_id is null))
);
-- Hashes of 256 random bits: that two collide says nothing about another tenant.
create unique index join_tokens_hash on dd0c.join_tokens (hash);
select dd0c.isolate('dd0c.join_tokens');
grant select, insert on dd0c.join_tokens to dd0c_app;
grant update (used_at, agent_id) on dd0c.join_tokens to dd0c_app;

-- Whose token comes before any tenant is known. The function answers with an id alone; the token is then used up in a
-- transaction of that tenant, together with the agent's row and the audit event.
create policy lookup on dd0c.join_tokens for select to dd0c_owner using (true);

create function dd0c.join_token_tenant(token_hash bytea) returns uuid
  language sql stable security definer
  set search_path = pg_catalog
  as $$ select tenant_id from dd0c.join_tokens where hash = token_hash $$;
revoke all on function dd0c.join_token_tenant(bytea) from public;
grant execute on function dd0c.join_token_tenant(bytea) to dd0c_app;
