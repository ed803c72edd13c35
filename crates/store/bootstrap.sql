-- What must stand before the first migration, run by an administrator of the database at every start; idempotent.
-- Roles belong to the whole server, so two databases may get here at once: an existing role is not an error.
do $$
begin
  begin
    create role dd0c_owner nologin nosuperuser nocreatedb nocreaterole nobypassrls;
  exception when duplicate_object or unique_violation then null;
  end;
  begin
    create role dd0c_app login nosuperuser nocreatedb nocreaterole nobypassrls noinherit;
  exception when duplicate_object or unique_violation then null;
  end;
  -- An administrator that is not a superuser (a managed server's) may act as the owner only when it is a member.
  if not pg_has_role(current_user, 'dd0c_owner', 'member') then
    execute format('grant dd0c_owner to %I', current_user);
  end if;
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to dd0c_app', current_database());
end
$$;

revoke all on schema public from public;
create schema if not exists dd0c authorization dd0c_owner;
grant usage on schema dd0c to dd0c_app;

-- A new function can be called by nobody until a migration says who may.
alter default privileges for role dd0c_owner revoke execute on functions from public;
