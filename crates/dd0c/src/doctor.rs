//! `dd0c doctor`: what is configured, what is found, and what is missing.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use dd0c_runtime::config::{self, Environment, Settings};

use crate::commands::exit::{Failure, Outcome};
use crate::up;

/// Looks at this machine.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// One thing that was looked at.
struct Finding {
    name: &'static str,
    is_well: bool,
    says: String,
}

/// Runs the command. Exit code 1 when something is missing or does not answer.
///
/// # Errors
/// When the configuration cannot be used.
pub async fn run(_arguments: Arguments, environment: &Environment) -> Outcome {
    let settings = config::load(None, environment).map_err(Failure::failed)?;
    let folder = settings.data_dir.clone().unwrap_or_else(up::default_data_dir);
    let findings = [
        Finding { name: "version", is_well: true, says: env!("CARGO_PKG_VERSION").to_owned() },
        database(&settings),
        agent(),
        data_folder(&folder),
        service(&settings, &folder).await,
        model(&settings).await,
    ];
    for finding in &findings {
        println!(
            "{} {:<12} {}",
            if finding.is_well { "ok     " } else { "missing" },
            finding.name,
            finding.says
        );
    }
    let is_well = findings.iter().all(|finding| finding.is_well);
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The password is not printed, only where the database is.
fn database(settings: &Settings) -> Finding {
    let given = settings.database_url.as_ref().map(|url| match reqwest::Url::parse(url.reveal()) {
        Ok(url) => (true, format!("DATABASE_URL names {}", url.host_str().unwrap_or("no host"))),
        Err(error) => (false, format!("DATABASE_URL is not a URL: {error}")),
    });
    let (is_well, says) = given.unwrap_or((true, "a private cluster, started by `dd0c up`".to_owned()));
    Finding { name: "database", is_well, says }
}

fn agent() -> Finding {
    let program = std::env::current_exe().unwrap_or_default().with_file_name("dd0c-agent");
    let is_well = program.is_file();
    let says =
        if is_well { program.display().to_string() } else { format!("{} does not exist", program.display()) };
    Finding { name: "agent", is_well, says }
}

fn data_folder(folder: &Path) -> Finding {
    let says = if folder.is_dir() { "" } else { " (not made yet)" };
    Finding { name: "data folder", is_well: true, says: format!("{}{says}", folder.display()) }
}

/// Whether a model is configured, and whether it answers a small question with the schema it is asked for.
async fn model(settings: &Settings) -> Finding {
    let name = "model";
    let route = match crate::route::of(settings) {
        Ok(Some(route)) => route,
        Ok(None) => {
            let says = "none is configured (DD0C_ROUTE_URL); pages are read by rules alone".to_owned();
            return Finding { name, is_well: true, says };
        }
        Err(error) => return Finding { name, is_well: false, says: error.to_string() },
    };
    match crate::route::try_out(&route).await {
        Ok(says) => Finding { name, is_well: true, says },
        Err(says) => Finding { name, is_well: false, says },
    }
}

async fn service(settings: &Settings, folder: &Path) -> Finding {
    let local = || {
        let up: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.join("up.json")).ok()?).ok()?;
        up["url"].as_str().map(str::to_owned)
    };
    let name = "service";
    let Some(url) = settings.url.clone().or_else(local) else {
        return Finding { name, is_well: false, says: "none is known; start one with `dd0c up`".to_owned() };
    };
    match ready(&url).await {
        Ok(status) => Finding { name, is_well: status.is_success(), says: format!("{url} answers {status}") },
        Err(error) => Finding { name, is_well: false, says: format!("{url} does not answer: {error}") },
    }
}

async fn ready(url: &str) -> Result<reqwest::StatusCode, reqwest::Error> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    Ok(client.get(format!("{url}/readyz")).send().await?.status())
}
