//! The start-up self test: the service refuses to run on a database whose isolation is not what it must be.

use sqlx::Row;

use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// Checks that the role it runs as can neither own, bypass nor switch off isolation, that every table with a
    /// tenant is isolated, and that no partition can be reached around its parent.
    ///
    /// # Errors
    /// `Unsafe` with everything that is wrong; `Unavailable`.
    pub async fn posture(&self) -> Result<(), StoreError> {
        let mut problems = Vec::new();
        for (question, sentence) in QUESTIONS {
            for row in sqlx::query(question).fetch_all(self.pool()).await? {
                let name: String = row.try_get(0)?;
                problems.push(format!("{sentence}: {name}"));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(StoreError::Unsafe { problems }) }
    }
}

/// Each question answers with the names of what is wrong; no rows means that all is well.
const QUESTIONS: [(&str, &str); 8] = [
    (
        "select rolname::text from pg_roles where rolname = current_user and (rolsuper or rolbypassrls or rolcreaterole)",
        "the service role is a superuser, bypasses row-level security or makes roles",
    ),
    (
        "select r.rolname::text from pg_roles r where r.rolname <> current_user and pg_has_role(current_user, r.oid, 'member')",
        "the service role may become another role",
    ),
    (
        "select c.oid::regclass::text from pg_class c where c.relnamespace = 'dd0c'::regnamespace and c.relowner = current_user::regrole",
        "the service role owns",
    ),
    (
        "select 'schema dd0c' where has_schema_privilege('dd0c', 'create') or to_regclass('dd0c.tenants') is null",
        "the schema is missing, or the service role may create things in it",
    ),
    (UNISOLATED, "not isolated by tenant"),
    (
        "select c.oid::regclass::text from pg_class c, aclexplode(c.relacl) g
         where c.relnamespace = 'dd0c'::regnamespace and c.relispartition and c.relkind = 'r' and g.grantee <> c.relowner",
        "a partition can be reached around its parent",
    ),
    (
        "select p.oid::regprocedure::text from pg_proc p
         where p.pronamespace = 'dd0c'::regnamespace and p.proname = 'current_tenant' and p.provolatile <> 's'",
        "the tenant may be remembered by a cached plan",
    ),
    (
        "select v::text from current_setting('server_version_num') v
         where v::int < 150009 or v::int between 160000 and 160004 or v::int = 170000",
        "this PostgreSQL has known holes in row-level security; 15.9, 16.5 or 17.1 is needed",
    ),
];

/// Tables with a tenant that lack ENABLE, FORCE, or the one policy with USING and WITH CHECK; a further policy that
/// the service role could use; and views, which would read with their owner's rights.
const UNISOLATED: &str = "
    select c.oid::regclass::text from pg_class c
    where c.relnamespace = 'dd0c'::regnamespace and c.relkind in ('r', 'p')
      and (c.relname = 'tenants' or exists (
            select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped))
      and (not c.relrowsecurity or not c.relforcerowsecurity
        or not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'own_tenant' and p.polcmd = '*'
                         and p.polqual is not null and p.polwithcheck is not null)
        or exists (select from pg_policy p where p.polrelid = c.oid and p.polname <> 'own_tenant' and p.polpermissive
                     and p.polroles <> array['dd0c_owner'::regrole::oid]))
    union all
    select c.oid::regclass::text from pg_class c
    where c.relnamespace = 'dd0c'::regnamespace and c.relkind in ('v', 'm', 'f')";
