//! Writes a prediction for every page of a folder, in the shape that the corpus' scorer reads:
//! `cargo run -p dd0c-parser --example predictions -- PAGES OUT`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use dd0c_types::ParsedRunbook;
use dd0c_types::runbook::{Step, VariableKind};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(pages), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("usage: predictions PAGES OUT".into());
    };
    fs::create_dir_all(&out)?;
    let mut names: Vec<_> = fs::read_dir(&pages)?.collect::<Result<_, _>>()?;
    names.sort_by_key(fs::DirEntry::file_name);
    for entry in names {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") || name.ends_with(".jsonl") {
            continue;
        }
        let text = fs::read_to_string(entry.path())?;
        let started = std::time::Instant::now();
        let outlined = dd0c_parser::outline(&text, None);
        let elapsed = started.elapsed();
        eprintln!("{:8.2} ms  {:>6} bytes  {name}", elapsed.as_secs_f64() * 1e3, text.len());
        let prediction = outlined.map_or_else(|_| json!({}), |runbook| prediction(&runbook));
        fs::write(
            Path::new(&out).join(format!("{name}.pred.json")),
            serde_json::to_vec_pretty(&prediction)?,
        )?;
    }
    Ok(())
}

fn prediction(runbook: &ParsedRunbook) -> Value {
    let mut groups: BTreeMap<u32, Vec<&Step>> = BTreeMap::new();
    for step in &runbook.steps {
        groups.entry(step.group).or_default().push(step);
    }
    let order_of: BTreeMap<u32, usize> = groups
        .values()
        .zip(1..)
        .flat_map(|(steps, order)| steps.iter().map(move |step| (step.order, order)))
        .collect();
    let steps: Vec<Value> = groups.values().zip(1..).map(|(steps, order)| group(steps, order)).collect();
    let branches: Vec<Value> = runbook
        .steps
        .iter()
        .filter_map(|step| step.branch.as_ref())
        .map(|branch| json!({"if": branch.condition, "then_step": branch.then.and_then(|at| order_of.get(&at))}))
        .collect();
    let inputs = runbook.variables.iter().filter(|variable| variable.kind != VariableKind::Derived);
    json!({
        "steps": steps,
        "variables": inputs.map(|variable| variable.name.clone()).collect::<Vec<_>>(),
        "prerequisites": runbook.prerequisites.iter().map(|found| found.text.clone()).collect::<Vec<_>>(),
        "branches": branches,
        "has_actionable_steps": runbook.has_actionable_steps,
    })
}

fn group(steps: &[&Step], order: usize) -> Value {
    json!({
        "order": order,
        "description": steps[0].title,
        "commands": steps.iter().filter_map(|step| step.command.as_ref()).map(|command| command.text.reveal()).collect::<Vec<_>>(),
        "vague": steps.iter().any(|step| step.vague),
        "kind": steps[0].kind,
    })
}
