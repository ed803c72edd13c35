//! Slack's own clients, which the tests of the look-alike and of the messages use: Bolt for Python and for Node, and the
//! models of blocks. They lie beside the scripts that use them, and in no product.

use std::path::Path;

use anyhow::Context;

use crate::{program, tools, web};

const FOLDER: &str = "crates/slack-sim/tests/official";
/// Copy of the requirements that the installed packages came from.
const INSTALLED: &str = ".venv/installed-requirements.txt";

/// Installs both, when what is installed is not what is asked for.
///
/// # Errors
/// When Python is missing and cannot be installed, or `pip` or `npm` fails.
pub(crate) fn install(root: &Path) -> anyhow::Result<()> {
    let folder = root.join(FOLDER);
    web::install_in(&folder)?;
    let wanted = folder.join("requirements.txt");
    let wanted = std::fs::read(&wanted).with_context(|| format!("{} cannot be read", wanted.display()))?;
    if std::fs::read(folder.join(INSTALLED)).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    tools::need_python()?;
    program::run(&folder, "python3", &["-m", "venv", "--clear", ".venv"])?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"];
    program::run(&folder, ".venv/bin/python", &pip)?;
    std::fs::write(folder.join(INSTALLED), wanted).context("cannot note which packages are installed")
}
