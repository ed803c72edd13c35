//! Rules that every table, policy and function of the schema keeps, whoever adds it.

use sqlx::PgConnection;

use crate::world::World;

async fn names(connection: &mut PgConnection, question: &'static str) -> Vec<String> {
    sqlx::query_scalar(question).fetch_all(connection).await.expect("a question to the catalogue")
}

#[tokio::test]
async fn every_table_with_a_tenant_is_isolated_by_a_policy_that_also_binds_its_owner() {
    let world = World::new().await;
    let mut db = world.superuser().await;
    let with_tenant = names(
        &mut db,
        "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
         where c.relnamespace = 'dd0c'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'tenant_id' order by 1",
    )
    .await;
    assert!(with_tenant.len() >= 15, "the question finds the tables: {with_tenant:?}");
    let unprotected = names(
        &mut db,
        "select c.relname::text from pg_class c
         where c.relnamespace = 'dd0c'::regnamespace and c.relkind in ('r', 'p')
           and (c.relname = 'tenants' or exists (
                select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id'))
           and not (c.relrowsecurity and c.relforcerowsecurity and exists (
                select from pg_policies p where p.schemaname = 'dd0c' and p.tablename = c.relname
                  and p.cmd = 'ALL' and p.roles = '{public}' and p.permissive = 'PERMISSIVE'
                  and p.qual like '%( SELECT dd0c.current_tenant() AS current_tenant)%' and p.with_check = p.qual))",
    )
    .await;
    assert_eq!(unprotected, [""; 0], "tables whose rows other tenants could see or write");
}

#[tokio::test]
async fn a_table_without_a_tenant_is_known_by_name_and_closed_to_the_service() {
    let world = World::new().await;
    let mut db = world.superuser().await;
    let without = names(
        &mut db,
        "select c.relname::text from pg_class c
         where c.relnamespace = 'dd0c'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'tenants'
           and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')",
    )
    .await;
    assert_eq!(without, ["_sqlx_migrations"]);
    let open: bool = sqlx::query_scalar(
        "select has_table_privilege('dd0c_app', 'dd0c._sqlx_migrations', 'select, insert, update, delete')",
    )
    .fetch_one(&mut db)
    .await
    .expect("a question to the catalogue");
    assert!(!open);
}

#[tokio::test]
async fn every_key_of_a_tenants_table_begins_with_the_tenant() {
    let world = World::new().await;
    let mut db = world.superuser().await;
    let bare = names(
        &mut db,
        "select c.conrelid::regclass || '.' || c.conname from pg_constraint c
         join pg_class t on t.oid = c.conrelid
         where t.relnamespace = 'dd0c'::regnamespace and c.contype in ('p', 'f')
           and exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'tenant_id')
           and (select a.attname from pg_attribute a where a.attrelid = t.oid and a.attnum = c.conkey[1]) <> 'tenant_id'",
    )
    .await;
    assert_eq!(bare, [""; 0], "keys through which one tenant could point at another's rows");
    // Unique beyond the tenant: only hashes of random secrets, which tell nobody anything.
    let oracles = names(
        &mut db,
        "select i.indexrelid::regclass::text from pg_index i join pg_class t on t.oid = i.indrelid
         join pg_attribute first on first.attrelid = t.oid and first.attnum = i.indkey[0]
         where t.relnamespace = 'dd0c'::regnamespace and i.indisunique and first.attname not in ('tenant_id', 'hash')
           and t.relname not in ('tenants', '_sqlx_migrations') order by 1",
    )
    .await;
    assert_eq!(oracles, [""; 0], "unique indexes that would tell one tenant what another has");
}

#[tokio::test]
async fn no_partition_can_be_reached_around_its_parent_and_none_can_be_emptied() {
    let world = World::new().await;
    let mut db = world.superuser().await;
    let partitions = names(
        &mut db,
        "select c.relname::text from pg_class c where c.relispartition and c.relkind = 'r' order by 1",
    )
    .await;
    assert!(partitions.len() >= 5, "four months and the default: {partitions:?}");
    let open = names(
        &mut db,
        "select c.relname || ' to ' || g.grantee::regrole from pg_class c, aclexplode(c.relacl) g
         where c.relispartition and c.relkind = 'r' and g.grantee <> c.relowner",
    )
    .await;
    assert_eq!(open, [""; 0]);
    let emptied = names(
        &mut db,
        "select c.relname::text from pg_class c where c.relispartition and c.relkind = 'r'
         and (select count(*) from pg_trigger t where t.tgrelid = c.oid and t.tgenabled = 'O'
              and t.tgname in ('deny_truncate', 'deny_change', 'audit_chain')) <> 3",
    )
    .await;
    assert_eq!(emptied, [""; 0], "partitions without the triggers that chain and protect events");
}

#[tokio::test]
async fn what_a_policy_asks_is_asked_again_by_every_plan() {
    let world = World::new().await;
    let mut db = world.superuser().await;
    let remembered = names(
        &mut db,
        "select distinct p.oid::regprocedure::text from pg_policy o
         join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = o.oid and d.refclassid = 'pg_proc'::regclass
         join pg_proc p on p.oid = d.refobjid where p.provolatile <> 's'",
    )
    .await;
    assert_eq!(remembered, [""; 0], "functions of policies that a cached plan could remember");
    let asked = names(
        &mut db,
        "select distinct p.proname::text from pg_policy o
         join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = o.oid and d.refclassid = 'pg_proc'::regclass
         join pg_proc p on p.oid = d.refobjid",
    )
    .await;
    assert_eq!(asked, ["current_tenant"]);
}

#[tokio::test]
async fn everything_belongs_to_the_owner_and_nobody_runs_a_function_that_is_not_meant_for_them() {
    let world = World::new().await;
    let mut db = world.superuser().await;
    let foreign = names(
        &mut db,
        "select c.relname::text from pg_class c
         where c.relnamespace = 'dd0c'::regnamespace and c.relowner <> 'dd0c_owner'::regrole
         union all select p.proname::text from pg_proc p
         where p.pronamespace = 'dd0c'::regnamespace and p.proowner <> 'dd0c_owner'::regrole",
    )
    .await;
    assert_eq!(foreign, [""; 0]);
    let public = names(
        &mut db,
        "select p.oid::regprocedure::text from pg_proc p
         where p.pronamespace = 'dd0c'::regnamespace and (p.proacl is null or exists (
               select from aclexplode(p.proacl) g where g.grantee = 0))",
    )
    .await;
    assert_eq!(public, [""; 0], "functions that every role may run");
    let unfixed = names(
        &mut db,
        "select p.oid::regprocedure::text from pg_proc p
         where p.pronamespace = 'dd0c'::regnamespace
           and not coalesce(p.proconfig::text like '%search_path=pg_catalog%', false)",
    )
    .await;
    assert_eq!(unfixed, [""; 0], "functions that a caller's search path could lead astray");
    let views = names(
        &mut db,
        "select c.relname::text from pg_class c
         where c.relnamespace = 'dd0c'::regnamespace and c.relkind in ('v', 'm', 'f')",
    )
    .await;
    assert_eq!(views, [""; 0], "views would read with their owner's rights");
}

#[test]
fn every_migration_says_when_it_is_looked_at_again() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    for file in std::fs::read_dir(folder).expect("the migrations") {
        let path = file.expect("a migration").path();
        let text = std::fs::read_to_string(&path).expect("a readable migration");
        let date = text.strip_prefix("-- sunset_date: ").and_then(|rest| rest.lines().next());
        let known = date.is_some_and(|date| chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok());
        assert!(known, "{} begins with its sunset date", path.display());
        assert!(
            text.lines().nth(1).is_some_and(|line| line.starts_with("-- ")),
            "{} says why",
            path.display()
        );
    }
}
