-- sunset_date: 2026-12-20
-- Slack: which workspace belongs to which tenant, who is who in it, and what was written there. Slack shows what the
-- engine keeps: nothing here decides anything, and all of it could be drawn anew.

create table dd0c.slack_workspaces (
  tenant_id      uuid not null references dd0c.tenants (id),
  id             uuid not null,
  team_id        text not null check (team_id ~ '^T[A-Z0-9]{2,30}$'),
  -- Empty outside of an Enterprise organisation.
  enterprise_id  text not null default '' check (enterprise_id ~ '^(E[A-Z0-9]{2,30})?$'),
  hash           bytea not null check (hash = sha256(convert_to(enterprise_id || '/' || team_id, 'UTF8'))),
  team_name      text not null check (length(team_name) between 1 and 300),
  bot_user       text not null check (bot_user ~ '^[UW][A-Z0-9]{2,30}$'),
  -- Sealed by the service: the key is not in the database.
  bot_token      bytea not null check (octet_length(bot_token) between 29 and 4096),
  scopes         text[] not null,
  -- Where alerts and runs are shown; none until an Owner chose.
  channel        text check (channel ~ '^[CG][A-Z0-9]{2,30}$'),
  -- Who is mentioned once when a question is about to expire.
  on_call_group  text check (on_call_group ~ '^S[A-Z0-9]{2,30}$'),
  installed_by   uuid not null,
  installed_at   timestamptz not null default clock_timestamp(),
  -- Why Slack refuses us, in its own word; none while it does not.
  broken         text check (length(broken) <= 100),
  broken_at      timestamptz,
  removed_at     timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, installed_by) references dd0c.users (tenant_id, id)
);
-- A workspace belongs to one tenant. That it is taken is learnt only by who proved to Slack that it is theirs.
create unique index slack_workspaces_team on dd0c.slack_workspaces (hash) where removed_at is null;
select dd0c.isolate('dd0c.slack_workspaces');
grant select, insert on dd0c.slack_workspaces to dd0c_app;
grant update (team_name, bot_user, bot_token, scopes, channel, on_call_group, broken, broken_at, removed_at)
  on dd0c.slack_workspaces to dd0c_app;

-- Who a Slack user is. Being in a channel grants nothing: the member's role decides.
create table dd0c.slack_users (
  tenant_id    uuid not null,
  workspace_id uuid not null,
  slack_user   text not null check (slack_user ~ '^[UW][A-Z0-9]{2,30}$'),
  user_id      uuid not null,
  linked_at    timestamptz not null default clock_timestamp(),
  primary key (tenant_id, workspace_id, slack_user),
  foreign key (tenant_id, workspace_id) references dd0c.slack_workspaces (tenant_id, id),
  foreign key (tenant_id, user_id) references dd0c.users (tenant_id, id)
);
select dd0c.isolate('dd0c.slack_users');
grant select, insert, delete on dd0c.slack_users to dd0c_app;

create table dd0c.slack_link_tokens (
  tenant_id    uuid not null,
  id           uuid not null,
  hash         bytea not null check (length(hash) = 32),
  workspace_id uuid not null,
  slack_user   text not null check (slack_user ~ '^[UW][A-Z0-9]{2,30}$'),
  slack_name   text not null check (length(slack_name) <= 200),
  created_at   timestamptz not null default clock_timestamp(),
  expires_at   timestamptz not null,
  used_at      timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, workspace_id) references dd0c.slack_workspaces (tenant_id, id)
);
create unique index slack_link_tokens_hash on dd0c.slack_link_tokens (hash);
select dd0c.isolate('dd0c.slack_link_tokens');
grant select, insert on dd0c.slack_link_tokens to dd0c_app;
grant update (used_at) on dd0c.slack_link_tokens to dd0c_app;

-- An installation that an Owner began: Slack gives the state back once.
create table dd0c.slack_installs (
  tenant_id  uuid not null,
  id         uuid not null,
  hash       bytea not null check (length(hash) = 32),
  user_id    uuid not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_at    timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references dd0c.users (tenant_id, id)
);
create unique index slack_installs_hash on dd0c.slack_installs (hash);
select dd0c.isolate('dd0c.slack_installs');
grant select, insert on dd0c.slack_installs to dd0c_app;
grant update (used_at) on dd0c.slack_installs to dd0c_app;

-- What was written. A row is made before the message is sent, so that a crash in between is seen afterwards: `ts` is
-- absent until Slack has answered.
create table dd0c.slack_messages (
  tenant_id    uuid not null,
  id           uuid not null,
  workspace_id uuid not null,
  -- What it is about: an alert (`alt_…`) or a run (`exe_…`).
  subject      text not null check (length(subject) between 5 and 60),
  -- Which message of the subject: `parent`, `step/<id>/<n>`, ….
  slot         text not null check (length(slot) between 1 and 120),
  execution_id uuid,
  step_id      uuid,
  channel      text not null check (length(channel) between 2 and 32),
  ts           text check (length(ts) between 1 and 32),
  thread_ts    text check (length(thread_ts) between 1 and 32),
  -- Grows with every change: the suffix of block ids.
  revision     bigint not null default 0 check (revision >= 0),
  -- SHA-256 of what is shown; what would look the same is not sent again.
  shown_hash   bytea check (length(shown_hash) = 32),
  -- Nothing is to change any more.
  settled      boolean not null default false,
  -- How often sending it was begun.
  posts        integer not null default 0 check (posts between 0 and 2),
  post_begun_at timestamptz,
  -- Slack's word when it refused for good.
  given_up     text check (length(given_up) <= 100),
  changed_at   timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  unique (tenant_id, workspace_id, subject, slot),
  foreign key (tenant_id, workspace_id) references dd0c.slack_workspaces (tenant_id, id),
  foreign key (tenant_id, execution_id) references dd0c.executions (tenant_id, id)
);
create index slack_messages_execution on dd0c.slack_messages (tenant_id, execution_id);
create index slack_messages_place on dd0c.slack_messages (tenant_id, workspace_id, channel, ts);
select dd0c.isolate('dd0c.slack_messages');
grant select, insert on dd0c.slack_messages to dd0c_app;
grant update (ts, thread_ts, revision, shown_hash, settled, posts, post_begun_at, given_up, changed_at)
  on dd0c.slack_messages to dd0c_app;

-- Who mistyped a name how often; after the third time they wait.
create table dd0c.slack_typed_misses (
  tenant_id    uuid not null,
  user_id      uuid not null,
  execution_id uuid not null,
  step_id      uuid not null,
  misses       integer not null check (misses >= 0),
  locked_until timestamptz,
  primary key (tenant_id, user_id, execution_id, step_id),
  foreign key (tenant_id, user_id) references dd0c.users (tenant_id, id),
  foreign key (tenant_id, execution_id, step_id) references dd0c.execution_steps (tenant_id, execution_id, id)
);
select dd0c.isolate('dd0c.slack_typed_misses');
grant select, insert, delete on dd0c.slack_typed_misses to dd0c_app;
grant update (misses, locked_until) on dd0c.slack_typed_misses to dd0c_app;

--------------------------------------------------------------------------------- before the tenant is known

create policy lookup on dd0c.slack_workspaces for select to dd0c_owner using (true);
create function dd0c.find_slack_workspace(wanted bytea)
  returns table (tenant_id uuid, workspace_id uuid)
  language sql stable security definer
  set search_path = pg_catalog
  as $$ select w.tenant_id, w.id from dd0c.slack_workspaces w where w.hash = wanted and w.removed_at is null $$;
grant execute on function dd0c.find_slack_workspace(bytea) to dd0c_app;

create function dd0c.tenants_with_slack() returns setof uuid
  language sql stable security definer
  set search_path = pg_catalog
  as $$ select distinct w.tenant_id from dd0c.slack_workspaces w where w.removed_at is null $$;
grant execute on function dd0c.tenants_with_slack() to dd0c_app;

-- A notification of a run names the run alone.
create policy lookup on dd0c.executions for select to dd0c_owner using (true);
create function dd0c.tenant_of_execution(wanted uuid) returns uuid
  language sql stable security definer
  set search_path = pg_catalog
  as $$ select e.tenant_id from dd0c.executions e where e.id = wanted $$;
grant execute on function dd0c.tenant_of_execution(uuid) to dd0c_app;
