//! Where the tests' server is. The one place of the tests that reads the environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// An existing server to use, as a superuser's URL; none to start a private one.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration but the environment")]
pub(crate) fn existing_server() -> Option<String> {
    std::env::var("DD0C_TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

/// The search path for the server's programs.
pub(crate) fn search_path() -> Option<OsString> {
    std::env::var_os("PATH")
}

/// The folder that all test processes of this checkout share.
pub(crate) fn shared_folder() -> PathBuf {
    workspace().join("target").join("test-postgres")
}

/// Where npm puts the server's programs.
pub(crate) fn node_modules() -> PathBuf {
    workspace().join("web").join("node_modules")
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).map(Path::to_owned).unwrap_or_default()
}
