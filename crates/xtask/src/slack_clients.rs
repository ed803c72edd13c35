//! Slack's own clients, which the tests of the look-alike and of the messages use: Bolt for Python and for Node, and the
//! models of blocks. They lie beside the scripts that use them, and in no product.

use std::path::Path;

use anyhow::Context;

use crate::{program, tools, web};

const FOLDER: &str = "crates/slack-sim/tests/official";
/// The packages that are asked for.
const WANTED: &str = "requirements.txt";
/// Copy of the requirements that the installed packages came from.
const INSTALLED: &str = ".venv/installed-requirements.txt";

/// The tests that need them, as nextest names them.
pub(crate) const TESTS: &str = "test(slack_bolt::) | binary(official_models)";

/// Installs both, when what is installed is not what is asked for. Where they cannot be had, as without a network, it
/// says so, and whoever runs the tests leaves theirs out.
pub(crate) fn install(root: &Path) {
    if let Err(error) = install_both(root) {
        eprintln!(
            "Slack's own clients cannot be installed: {error:#}\nTheir tests will be left out, and named as left out."
        );
    }
}

/// Whether both are installed as they are asked for.
pub(crate) fn are_there(root: &Path) -> bool {
    let folder = root.join(FOLDER);
    web::is_same(&folder, WANTED, INSTALLED) && web::is_same(&folder, web::LOCK, web::INSTALLED)
}

fn install_both(root: &Path) -> anyhow::Result<()> {
    let folder = root.join(FOLDER);
    web::install_in(&folder)?;
    if web::is_same(&folder, WANTED, INSTALLED) {
        return Ok(());
    }
    tools::need_python()?;
    program::run(&folder, "python3", &["-m", "venv", "--clear", ".venv"])?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", WANTED];
    program::run(&folder, ".venv/bin/python", &pip)?;
    let noted = std::fs::copy(folder.join(WANTED), folder.join(INSTALLED));
    noted.map(drop).context("cannot note which packages are installed")
}
