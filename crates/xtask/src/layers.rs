//! `cargo xtask layers`: the rules between crates.
//!
//! 1. Every crate has a tier, and an arrow (a normal or build dependency) points to a lower tier only. Crates of one
//!    tier do not know each other; `dd0c-types` and `dd0c-proto` may be known from their own tier on.
//! 2. The pure crates link no runtime, database, server or cloud, not even through others.
//! 3. The agent knows only a handful of our crates: it stays one small auditable binary.
//! 4. SQL is spoken in the store alone.
//! 5. Tools are known by tests only.
//!
//! Dev-dependencies are not arrows: a test may stand anywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

const TIERS: [&[&str]; 6] = [
    &["dd0c-types"],
    &[
        "dd0c-parser",
        "dd0c-classifier",
        "dd0c-reviewer",
        "dd0c-approval",
        "dd0c-executor",
        "dd0c-matcher",
        "dd0c-proto",
    ],
    &["dd0c-store", "dd0c-pki", "dd0c-telemetry", "dd0c-local-postgres", "dd0c-llm"],
    &["dd0c-runtime", "dd0c-queue"],
    &[
        "dd0c-intake",
        "dd0c-engine",
        "dd0c-api",
        "dd0c-agent",
        "dd0c-slack-sim",
        "dd0c-slack-bot",
        "dd0c-alerts",
    ],
    &["dd0c"],
];
const TOOLS: [&str; 2] = ["dd0c-testkit", "xtask"];
const SHARED: [&str; 2] = ["dd0c-types", "dd0c-proto"];
const PURE: [&str; 6] =
    ["dd0c-types", "dd0c-parser", "dd0c-classifier", "dd0c-reviewer", "dd0c-approval", "dd0c-executor"];
const NOT_PURE: [&str; 11] = [
    "tokio",
    "sqlx",
    "sqlx-core",
    "axum",
    "tonic",
    "hyper",
    "redis",
    "reqwest",
    "aws-config",
    "aws-sdk-s3",
    "aws-sdk-sqs",
];
const AGENT: &str = "dd0c-agent";
const AGENT_MAY_KNOW: [&str; 5] =
    ["dd0c-types", "dd0c-classifier", "dd0c-proto", "dd0c-pki", "dd0c-telemetry"];
const SPEAK_SQL: [&str; 2] = ["dd0c-store", "dd0c-testkit"];

/// Checks the workspace at `root`.
///
/// # Errors
/// When an arrow breaks a rule; every one is printed.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .exec()
        .context("cargo metadata does not answer; `cargo metadata` says why")?;
    let graph = Graph::of(&metadata);
    let wrong = graph.broken_rules();
    for line in &wrong {
        println!("{line}");
    }
    if !wrong.is_empty() {
        bail!(
            "{} broken rule(s) between crates; the rules stand at the top of crates/xtask/src/layers.rs",
            wrong.len()
        );
    }
    println!("{} crates, {} arrows: all point down", graph.ours.len(), graph.arrow_count());
    Ok(())
}

/// Who knows whom, by package name. Only normal and build dependencies.
#[derive(Default)]
struct Graph {
    /// Our crates.
    ours: BTreeSet<String>,
    /// The direct dependencies of every package, ours and others'.
    direct: BTreeMap<String, BTreeSet<String>>,
    /// The same without build dependencies: what ends up in the binary.
    linked: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    fn of(metadata: &Metadata) -> Self {
        let names: BTreeMap<_, _> =
            metadata.packages.iter().map(|package| (&package.id, package.name.to_string())).collect();
        let mut graph = Self {
            ours: metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect(),
            ..Self::default()
        };
        let nodes = metadata.resolve.as_ref().map(|resolve| resolve.nodes.as_slice()).unwrap_or_default();
        for node in nodes {
            let name = &names[&node.id];
            for dependency in &node.deps {
                let kinds: Vec<_> = dependency.dep_kinds.iter().map(|kind| kind.kind).collect();
                graph.add(name, &names[&dependency.pkg], &kinds);
            }
        }
        graph
    }

    fn add(&mut self, from: &str, to: &str, kinds: &[DependencyKind]) {
        if kinds.contains(&DependencyKind::Normal) {
            self.linked.entry(from.to_owned()).or_default().insert(to.to_owned());
        }
        if kinds.iter().any(|kind| *kind != DependencyKind::Development) {
            self.direct.entry(from.to_owned()).or_default().insert(to.to_owned());
        }
    }

    fn broken_rules(&self) -> Vec<String> {
        let mut wrong: Vec<String> = self.ours.iter().filter_map(|name| unknown_crate(name)).collect();
        for (from, to) in self.arrows() {
            wrong.extend(broken_arrow(from, to));
        }
        wrong.extend(PURE.iter().flat_map(|pure| self.impurities(pure)));
        wrong
    }

    /// The arrows that start at one of our crates.
    fn arrows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.ours.iter().flat_map(|from| self.known_by(from).map(move |to| (from.as_str(), to)))
    }

    fn arrow_count(&self) -> usize {
        self.arrows().filter(|(_, to)| self.ours.contains(*to)).count()
    }

    fn known_by(&self, from: &str) -> impl Iterator<Item = &str> {
        self.direct.get(from).into_iter().flatten().map(String::as_str)
    }

    /// What a pure crate links that it must not, with the way there.
    fn impurities(&self, pure: &str) -> Vec<String> {
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut open = vec![pure];
        while let Some(package) = open.pop() {
            for next in self.linked.get(package).into_iter().flatten() {
                if next != pure && !came_from.contains_key(next.as_str()) {
                    came_from.insert(next, package);
                    open.push(next);
                }
            }
        }
        let banned = NOT_PURE.iter().filter(|banned| came_from.contains_key(**banned));
        banned
            .map(|banned| format!("{} (a pure crate links {banned})", way(&came_from, pure, banned)))
            .collect()
    }
}

fn way(came_from: &BTreeMap<&str, &str>, from: &str, to: &str) -> String {
    let mut names = vec![to];
    while let Some(before) = names.last().filter(|name| **name != from).and_then(|name| came_from.get(*name))
    {
        names.push(before);
    }
    names.reverse();
    names.join(" -> ")
}

fn tier(name: &str) -> Option<usize> {
    TIERS.iter().position(|tier| tier.contains(&name))
}

fn unknown_crate(name: &str) -> Option<String> {
    let known = tier(name).is_some() || TOOLS.contains(&name);
    (!known).then(|| format!("{name}: has no tier; give it one in crates/xtask/src/layers.rs"))
}

/// Why the arrow may not be, if it may not.
fn broken_arrow(from: &str, to: &str) -> Option<String> {
    let rules: [fn(&str, &str) -> Option<&'static str>; 4] =
        [points_up, knows_a_tool, agent_knows, speaks_sql];
    rules.iter().find_map(|rule| rule(from, to)).map(|why| format!("{from} -> {to} ({why})"))
}

fn points_up(from: &str, to: &str) -> Option<&'static str> {
    let (from, to_tier) = (tier(from)?, tier(to)?);
    let own_tier = if SHARED.contains(&to) { from < to_tier } else { from <= to_tier };
    own_tier.then_some("an arrow points to a lower tier only")
}

fn knows_a_tool(from: &str, to: &str) -> Option<&'static str> {
    (TOOLS.contains(&to) && !TOOLS.contains(&from)).then_some("tools are for tests: make it a dev-dependency")
}

fn agent_knows(from: &str, to: &str) -> Option<&'static str> {
    let ours = tier(to).is_some();
    (from == AGENT && ours && !AGENT_MAY_KNOW.contains(&to))
        .then_some("the agent stays small: it may not know this crate")
}

fn speaks_sql(from: &str, to: &str) -> Option<&'static str> {
    let ours = tier(from).is_some() || TOOLS.contains(&from);
    (to == "sqlx" && ours && !SPEAK_SQL.contains(&from)).then_some("SQL is spoken in dd0c-store alone")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(arrows: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::default();
        for (from, to) in arrows {
            graph.add(from, to, &[DependencyKind::Normal]);
            graph
                .ours
                .extend([*from, *to].into_iter().filter(|name| tier(name).is_some()).map(str::to_owned));
        }
        graph
    }

    #[test]
    fn an_arrow_that_points_up_or_sideways_is_named() {
        let wrong =
            graph(&[("dd0c-store", "dd0c-engine"), ("dd0c-executor", "dd0c-approval")]).broken_rules();
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        assert!(wrong.iter().any(|line| line.starts_with("dd0c-store -> dd0c-engine")));
        assert!(wrong.iter().any(|line| line.starts_with("dd0c-executor -> dd0c-approval")));
    }

    #[test]
    fn arrows_down_are_fine_and_so_is_proto_within_its_tier() {
        let fine = [("dd0c", "dd0c-api"), ("dd0c-api", "dd0c-store"), ("dd0c-store", "dd0c-types")];
        assert!(graph(&fine).broken_rules().is_empty());
        assert!(points_up("dd0c-parser", "dd0c-proto").is_none());
        assert!(points_up("dd0c-types", "dd0c-proto").is_some());
    }

    #[test]
    fn a_pure_crate_that_links_tokio_through_another_is_found_with_the_way_there() {
        let wrong = graph(&[("dd0c-parser", "some-library"), ("some-library", "tokio")]).broken_rules();
        assert_eq!(wrong, ["dd0c-parser -> some-library -> tokio (a pure crate links tokio)"]);
    }

    #[test]
    fn a_library_that_is_only_used_while_building_is_not_linked() {
        let mut graph = graph(&[("dd0c-parser", "dd0c-types")]);
        graph.add("dd0c-parser", "build-library", &[DependencyKind::Build]);
        graph.add("build-library", "tokio", &[DependencyKind::Normal]);
        assert!(graph.broken_rules().is_empty());
    }

    #[test]
    fn the_agent_may_not_know_the_store_nor_the_api_sql_nor_anybody_the_testkit() {
        assert!(broken_arrow("dd0c-agent", "dd0c-store").unwrap().contains("agent"));
        assert!(broken_arrow("dd0c-api", "sqlx").unwrap().contains("SQL"));
        assert!(broken_arrow("dd0c-engine", "dd0c-testkit").unwrap().contains("dev-dependency"));
        assert!(broken_arrow("dd0c-testkit", "sqlx").is_none());
    }

    #[test]
    fn a_dev_dependency_is_no_arrow() {
        let mut graph = graph(&[("dd0c-engine", "dd0c-store")]);
        graph.add("dd0c-engine", "dd0c-testkit", &[DependencyKind::Development]);
        assert!(graph.broken_rules().is_empty());
    }

    #[test]
    fn a_crate_without_a_tier_is_asked_for_one() {
        assert!(unknown_crate("dd0c-helpers").is_some());
        assert!(unknown_crate("xtask").is_none());
    }
}
