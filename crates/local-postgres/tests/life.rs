//! The life of a private cluster, on the real server: start, stop, death, a second holder, a folder in root's home.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and so do the functions it is made of")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use dd0c_local_postgres::{Cluster, Config, Error, erase};

fn quick(data_dir: &Path) -> Config {
    Config { durable: false, max_connections: 10, ..Config::new(data_dir) }
}

/// Sends the wire protocol's request for encryption; a PostgreSQL server answers it with one byte, `S` or `N`.
fn speaks_postgres(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let mut answer = [0];
    stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47]).is_ok()
        && stream.read_exact(&mut answer).is_ok()
        && matches!(answer[0], b'S' | b'N')
}

fn kill_9(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().expect("kill exists").success());
}

/// The cluster's identity is made by initdb: the same number before and after means the same files.
fn identity(pgdata: &Path) -> Vec<u8> {
    std::fs::read(pgdata.join("global/pg_control")).expect("a cluster has a control file")[..8].to_vec()
}

#[test]
fn a_killed_server_is_noticed_and_comes_back_on_its_port_with_its_data() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut cluster = Cluster::start(quick(&folder.path().join("db"))).unwrap();
    let pgdata = folder.path().join("db/pgdata");
    let (before, port) = (identity(&pgdata), cluster.connection().port);
    assert!(speaks_postgres(port));

    kill_9(cluster.pid().unwrap());
    while cluster.is_running() {
        std::thread::yield_now();
    }
    cluster.restart().unwrap();

    assert_eq!(cluster.connection().port, port);
    assert!(speaks_postgres(port));
    assert_eq!(identity(&pgdata), before);
    cluster.stop().unwrap();
    assert!(!speaks_postgres(port));
}

#[test]
fn a_second_holder_is_refused_and_told_who_holds_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(quick(folder.path())).unwrap();
    let refused = Cluster::start(quick(folder.path())).err().unwrap();
    assert!(matches!(refused, Error::Held { .. }));
    assert!(refused.to_string().contains(&format!("(process {})", std::process::id())), "{refused}");
    assert!(speaks_postgres(cluster.connection().port));
}

#[test]
fn a_stopped_cluster_starts_again_with_the_same_passwords_and_files_only_their_owner_may_read() {
    let folder = tempfile::tempdir().unwrap();
    let first = Cluster::start(quick(folder.path())).unwrap();
    let before = first.connection().clone();
    first.stop().unwrap();

    let second = Cluster::start(quick(folder.path())).unwrap();
    assert!(second.connection().admin_password == before.admin_password);
    assert!(second.connection().app_password == before.app_password);
    let state = std::fs::metadata(folder.path().join("cluster.json")).unwrap();
    assert_eq!(state.mode() & 0o777, 0o600);
}

#[test]
fn the_server_that_a_dead_holder_left_behind_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let left = Cluster::start(quick(folder.path())).unwrap().leave_running();
    assert!(speaks_postgres(left.port));
    let cluster = Cluster::start(quick(folder.path())).unwrap();
    assert!(speaks_postgres(cluster.connection().port));
    assert!(!speaks_postgres(left.port));
}

#[test]
fn dropping_the_cluster_stops_its_server() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(quick(folder.path())).unwrap();
    let port = cluster.connection().port;
    drop(cluster);
    assert!(!speaks_postgres(port));
}

/// A folder as in root's home: only its owner may walk into it. For an ordinary user nothing has to move.
fn closed_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    folder
}

/// Where the launcher says that the cluster's files are.
fn place(config: &Config) -> PathBuf {
    let state = std::fs::read(config.data_dir.join("cluster.json")).unwrap();
    let state: serde_json::Value = serde_json::from_slice(&state).unwrap();
    config.data_dir.join(state["pgdata"].as_str().unwrap())
}

#[test]
fn a_folder_that_the_server_cannot_walk_into_works_and_is_erased_wherever_its_files_lie() {
    let folder = closed_folder();
    let config = quick(&folder.path().join("a/b"));
    let cluster = Cluster::start(config.clone()).unwrap();
    assert!(speaks_postgres(cluster.connection().port));
    assert!(matches!(erase(&config.data_dir), Err(Error::Held { .. })));
    let (files, before) = (place(&config), identity(&place(&config)));
    cluster.stop().unwrap();

    let left = Cluster::start(config.clone()).unwrap().leave_running();
    assert_eq!((place(&config), identity(&files)), (files.clone(), before));
    erase(&config.data_dir).unwrap();
    assert!(!files.exists() && !speaks_postgres(left.port));
    erase(&config.data_dir).unwrap();
}

#[test]
fn a_cluster_whose_data_folder_was_removed_by_hand_is_not_in_the_way() {
    let folder = closed_folder();
    let config = quick(&folder.path().join("data"));
    let first = Cluster::start(config.clone()).unwrap();
    let (files, before) = (place(&config), identity(&place(&config)));
    first.stop().unwrap();
    std::fs::remove_dir_all(&config.data_dir).unwrap();

    let second = Cluster::start(config.clone()).unwrap();
    assert!(speaks_postgres(second.connection().port));
    assert_ne!(identity(&place(&config)), before);
    second.stop().unwrap();
    erase(&config.data_dir).unwrap();
    let kept = files.with_extension("kept-1");
    if kept.exists() {
        assert_eq!(identity(&kept), before, "nothing was lost");
        std::fs::remove_dir_all(kept.parent().unwrap()).unwrap();
    }
}

#[test]
fn a_port_in_use_is_named_and_nothing_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let refused = Cluster::start(Config { port: Some(port), ..quick(folder.path()) }).err().unwrap();
    assert!(matches!(refused, Error::PortTaken { port: named } if named == port));
    assert!(!folder.path().join("pgdata").exists());
}

#[test]
fn a_folder_of_somebody_elses_cluster_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("PG_VERSION"), "15\n").unwrap();
    let refused = Cluster::start(quick(folder.path())).err().unwrap();
    assert!(matches!(refused, Error::Foreign { .. }));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
