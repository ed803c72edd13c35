//! Runs a private PostgreSQL cluster in a folder of its own: finds the server's programs, makes the cluster once,
//! starts the server as a child, watches it, and stops it. Works as root (the server then runs as `postgres` or
//! `nobody`) and as an ordinary user.
//!
//! It must never stop, reconfigure or write into a server or a folder that it did not make itself, must never listen
//! beyond 127.0.0.1, and must never let anyone in without a password.

mod binaries;
mod cluster;
mod error;
mod holder;
mod place;
mod server;
mod service_user;
mod state;

pub use binaries::{Binaries, MINIMUM_MAJOR};
pub use cluster::{Cluster, Config, Connection, erase};
pub use error::Error;
