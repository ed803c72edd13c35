//! Real parts for tests: a database of one's own for every test, on a real PostgreSQL server, a wire to it that
//! can be held, and a scripted language model behind real HTTP.
//!
//! It must never be linked into a product binary, and must never touch a database that it did not make:
//! every name it makes or drops starts with `dd0c_test_` or `dd0c_template_`.

mod cluster;
mod database;
pub mod embedding;
mod leftovers;
pub mod model;
mod settings;
pub mod staged_model;
mod template;
mod wire;

pub use database::TestDatabase;
pub use wire::Wire;
