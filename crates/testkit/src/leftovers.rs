//! Databases of test processes that have ended.

use std::path::Path;

use sqlx::Connection;

use crate::cluster::Server;
use crate::template;

/// So many are removed before a test begins: more than one test leaves, and too few to hold it up.
const AT_ONCE: usize = 4;

/// Removes some databases whose process has ended. The caller holds [`crate::cluster::exclusive`].
pub(crate) async fn sweep(server: &Server) -> Result<(), sqlx::Error> {
    let mut admin = server.admin("postgres").await?;
    let names: Vec<String> =
        sqlx::query_scalar("select datname::text from pg_database where datname like 'dd0c\\_test\\_%'")
            .fetch_all(&mut admin)
            .await?;
    for name in names.iter().filter(|name| has_ended(name)).take(AT_ONCE) {
        template::run(&mut admin, format!("drop database if exists {name} with (force)")).await?;
    }
    admin.close().await
}

/// Whether the process that made the database is gone; without `/proc` nothing is known and everything stays.
fn has_ended(name: &str) -> bool {
    let process = name.strip_prefix("dd0c_test_").and_then(|rest| rest.split('_').next());
    let process =
        process.filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    process
        .is_some_and(|number| Path::new("/proc/self").exists() && !Path::new("/proc").join(number).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_databases_of_ended_processes_are_leftovers() {
        assert!(!has_ended(&format!("dd0c_test_{}_x", std::process::id())));
        assert!(!has_ended("dd0c_test_template_x"));
        assert!(!has_ended("postgres"));
        assert!(has_ended("dd0c_test_4294967295_x"));
    }
}
