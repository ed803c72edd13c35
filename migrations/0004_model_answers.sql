-- sunset_date: 2026-12-20
-- What models answered, so that the same text gives the same result and is paid for once; and what was used of them.

-- The key is everything that an answer depends on. No text of a page is kept here: labels name lines, verdicts steps.
create table dd0c.model_answers (
  tenant_id      uuid not null references dd0c.tenants (id),
  purpose        text not null check (purpose in ('labels', 'review')),
  source_sha256  bytea not null check (length(source_sha256) = 32),
  parser_version text not null check (length(parser_version) <= 100),
  prompt_sha256  bytea not null check (length(prompt_sha256) = 32),
  model          text not null check (length(model) between 1 and 200),
  -- SHA-256 of what exactly was asked: a part of a page, or one step of it.
  input_sha256   bytea not null check (length(input_sha256) = 32),
  answer         jsonb not null check (pg_column_size(answer) <= 1048576),
  created_at     timestamptz not null default clock_timestamp(),
  primary key (tenant_id, purpose, source_sha256, parser_version, prompt_sha256, model, input_sha256)
);
create index model_answers_age on dd0c.model_answers (tenant_id, created_at);
select dd0c.isolate('dd0c.model_answers');
-- No update: the first answer stays the answer.
grant select, insert, delete on dd0c.model_answers to dd0c_app;

create table dd0c.model_usage (
  tenant_id         uuid not null references dd0c.tenants (id),
  -- In UTC.
  day               date not null,
  purpose           text not null check (purpose in ('labels', 'review')),
  model             text not null check (length(model) between 1 and 200),
  calls             bigint not null default 0 check (calls >= 0),
  failures          bigint not null default 0 check (failures >= 0),
  prompt_tokens     bigint not null default 0 check (prompt_tokens >= 0),
  completion_tokens bigint not null default 0 check (completion_tokens >= 0),
  cost_microusd     bigint not null default 0 check (cost_microusd >= 0),
  primary key (tenant_id, day, purpose, model)
);
select dd0c.isolate('dd0c.model_usage');
grant select, insert on dd0c.model_usage to dd0c_app;
grant update (calls, failures, prompt_tokens, completion_tokens, cost_microusd) on dd0c.model_usage to dd0c_app;
