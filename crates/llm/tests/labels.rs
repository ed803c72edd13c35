//! Labels on a page: what they change, what they never change, and what is asked because of them.

use dd0c_llm::{Page, apply, labels};
use dd0c_types::runbook::{ParsedRunbook, StepKind};
use serde_json::{Value, json};

const PAGE: &str = "# Restart checkout\n\nYou must be on the VPN.\n\n## Look\n\nLook at the pods:\n\n```bash\nkubectl -n shop get pods\n```\n\nCheck the dashboard. If errors are above 5 %, go on; otherwise stop here.\n\n## Restart\n\nRestart it:\n\n```bash\nkubectl -n shop rollout restart deploy/checkout\n```\n\n```\nmake verify-checkout\n```\n\nClean up:\n\n```bash\nrm -rf /srv/cache\n```\n";

struct Case {
    page: Page,
    runbook: ParsedRunbook,
}

impl Case {
    fn new() -> Self {
        let runbook = dd0c_parser::outline(PAGE, None).unwrap();
        Self { page: Page::of(PAGE, &runbook), runbook }
    }

    /// The number of the candidate with this command.
    fn candidate(&self, command: &str) -> usize {
        let has = |step: &dd0c_types::runbook::Step| {
            step.command.as_ref().is_some_and(|known| known.text.reveal().contains(command))
        };
        1 + self.runbook.steps.iter().position(has).unwrap_or_else(|| panic!("no candidate {command}"))
    }

    /// The number of the line with this text.
    fn line(&self, text: &str) -> usize {
        let sent = labels::question(&self.page, &self.page.parts()[0], "mark");
        let line =
            sent.lines().find(|line| line.contains(text)).unwrap_or_else(|| panic!("no line {text}: {sent}"));
        line.split('|').next().unwrap().parse().unwrap()
    }

    fn read(&self, changes: Value) -> Result<labels::LabelAnswer, String> {
        let mut answer = json!({"title_line": 0, "steps": [], "branches": [], "prerequisites": [],
            "questions": [], "not_commands": [], "commands": []});
        for (name, value) in changes.as_object().unwrap() {
            answer[name] = value.clone();
        }
        labels::read(&self.page, &self.page.parts()[0], &answer.to_string())
    }

    fn applied(&self, changes: Value) -> ParsedRunbook {
        apply(&self.page, self.runbook.clone(), &[self.read(changes).unwrap()])
    }
}

fn commands(runbook: &ParsedRunbook) -> Vec<String> {
    runbook.steps.iter().filter_map(|step| Some(step.command.as_ref()?.text.reveal().to_owned())).collect()
}

#[test]
fn an_empty_answer_changes_nothing_but_who_read_it() {
    let case = Case::new();
    let after = case.applied(json!({}));
    assert_eq!(after.extracted_by, "model");
    assert!(ParsedRunbook { extracted_by: "structure".into(), ..after } == case.runbook);
}

#[test]
fn a_title_comes_from_a_line_or_from_words_of_the_page_or_stays() {
    let case = Case::new();
    let (pods, restart, rm) =
        (case.candidate("get pods"), case.candidate("rollout"), case.candidate("rm -rf"));
    let before = case.runbook.steps[rm - 1].title.clone();
    let step = |number: usize, line: usize, title: &str| json!({"candidate": number, "kind": "check", "title_line": line, "title": title});
    let after = case.applied(json!({"steps": [
        step(pods, case.line("Look at the pods"), "ignored"),
        step(restart, 0, "Restart checkout"),
        step(rm, 0, "A harmless listing of reboot --force"),
    ]}));
    assert_eq!(after.steps[pods - 1].title, "Look at the pods:");
    assert_eq!(after.steps[restart - 1].title, "Restart checkout");
    assert_eq!(after.steps[rm - 1].title, before);
    assert_eq!(after.steps[pods - 1].kind, StepKind::Check);
}

#[test]
fn a_page_without_a_heading_is_named_by_the_line_that_a_label_names_and_one_with_a_heading_names_itself() {
    let titled = |text: &str, line: u32| {
        let runbook = dd0c_parser::outline(text, None).unwrap();
        let page = Page::of(text, &runbook);
        let answer = labels::LabelAnswer { title_line: line, ..Default::default() };
        apply(&page, runbook, &[answer]).title
    };
    let plain = "from: kim\n\nFailover of the orders database\n\n$ pg_ctl promote -D /srv/db\n";
    assert_eq!(titled(plain, 0), dd0c_parser::outline(plain, None).unwrap().title);
    assert_eq!(titled(plain, 2), "Failover of the orders database");
    assert_eq!(titled(PAGE, 2), "Restart checkout");
}

#[test]
fn a_command_that_is_said_to_be_output_leaves_the_steps_and_stays_in_sight() {
    let case = Case::new();
    let rm = case.candidate("rm -rf");
    let after = case.applied(json!({"not_commands": [{"candidate": rm, "is": "output"}]}));
    assert!(!commands(&after).contains(&"rm -rf /srv/cache".to_owned()));
    let doubt = after.ambiguities.iter().find(|doubt| doubt.text == "rm -rf /srv/cache").unwrap();
    assert_eq!(doubt.source.slice(PAGE), Some("rm -rf /srv/cache"));
    assert!(after.warnings.iter().any(|warning| warning.code == "command_left_out"));
    let orders: Vec<u32> = after.steps.iter().map(|step| step.order).collect();
    assert_eq!(orders, (1..=after.steps.len() as u32).collect::<Vec<_>>());
}

#[test]
fn a_line_that_is_said_to_be_a_command_becomes_a_step_in_its_place_and_is_asked_about() {
    let case = Case::new();
    assert!(!commands(&case.runbook).contains(&"make verify-checkout".to_owned()), "the rules leave it out");
    let line = case.line("make verify-checkout");
    let label = json!({"line": line, "last_line": line, "piece": 0});
    let after = case.applied(json!({"commands": [label]}));
    let found = commands(&after);
    let at = |command: &str| found.iter().position(|known| known.contains(command)).unwrap();
    assert!(at("rollout") < at("make verify") && at("make verify") < at("rm -rf"));
    let step = after
        .steps
        .iter()
        .find(|step| step.command.as_ref().is_some_and(|c| c.text.reveal().contains("make")))
        .unwrap();
    assert!(step.vague && step.classification.is_none());
    assert!(
        after
            .ambiguities
            .iter()
            .any(|doubt| doubt.step == Some(step.order) && doubt.text == "make verify-checkout")
    );
    let again = case.applied(json!({"commands": [json!({"line": line, "last_line": line, "piece": 0})]}));
    assert!(again == after, "the same labels give the same runbook");
}

#[test]
fn a_command_that_is_known_already_is_not_added_twice() {
    let case = Case::new();
    let line = case.line("rollout restart deploy/checkout");
    let after = case.applied(json!({"commands": [{"line": line, "last_line": line, "piece": 0}]}));
    assert_eq!(commands(&after), commands(&case.runbook));
}

#[test]
fn what_is_no_stretch_of_the_page_becomes_a_question() {
    let case = Case::new();
    let (first, last) = (case.line("get pods"), case.line("rm -rf"));
    let after = case.applied(json!({"commands": [{"line": first, "last_line": last, "piece": 0}]}));
    assert_eq!(commands(&after), commands(&case.runbook));
    assert!(after.ambiguities.iter().any(|doubt| doubt.question == "What exactly is to be run here?"));
}

#[test]
fn a_jump_leads_forward_and_one_that_leads_back_or_nowhere_is_asked_about() {
    let case = Case::new();
    let (pods, rm) = (case.candidate("get pods"), case.candidate("rm -rf"));
    let line = case.line("If errors are above");
    let jump = |number: usize, then: usize, otherwise: usize| {
        case.applied(
            json!({"branches": [{"candidate": number, "line": line, "then": then, "otherwise": otherwise}]}),
        )
    };
    let after = jump(pods, 0, rm);
    assert_eq!(after.steps[pods - 1].branch.as_ref().unwrap().otherwise, Some(rm as u32));
    assert!(after.ambiguities.iter().any(|doubt| doubt.reason.contains("leaves out the steps between")));
    let after = jump(rm, 0, pods);
    assert!(after.warnings.iter().any(|warning| warning.code == "cycle"));
    assert!(after.steps[rm - 1].branch.as_ref().is_none_or(|branch| branch.otherwise.is_none()));
    assert!(jump(rm, 0, 77).warnings.iter().any(|warning| warning.code == "dangling_jump"));
}

#[test]
fn a_prerequisite_is_a_line_of_the_page() {
    let case = Case::new();
    let line = case.line("You must be on the VPN");
    let after = case.applied(json!({"prerequisites": [{"line": line, "candidate": 0}]}));
    assert!(
        after.prerequisites.iter().any(|need| need.text.contains("VPN")
            && need.source.slice(PAGE).is_some_and(|text| text.contains("VPN")))
    );
}

#[test]
fn the_order_of_the_page_stays_and_another_one_is_asked_about() {
    let case = Case::new();
    let (pods, rm) = (case.candidate("get pods"), case.candidate("rm -rf"));
    let step = |number: usize| json!({"candidate": number, "kind": "check", "title_line": 0, "title": ""});
    let after = case.applied(json!({"steps": [step(rm), step(pods)]}));
    assert_eq!(commands(&after), commands(&case.runbook));
    assert!(after.ambiguities.iter().any(|doubt| doubt.question.contains("before the step above it")));
}

#[test]
fn an_answer_is_taken_whole_or_not_at_all() {
    let case = Case::new();
    let commands = case.runbook.steps.iter().zip(1..).filter(|(step, _)| step.command.is_some());
    let every: Vec<Value> =
        commands.map(|(_, number)| json!({"candidate": number, "is": "output"})).collect();
    let refused = [
        json!({"title_line": 999}),
        json!({"steps": [{"candidate": 99, "kind": "check", "title_line": 0, "title": ""}]}),
        json!({"steps": [{"candidate": 1, "kind": "check", "title_line": 0, "title": ""}, {"candidate": 1, "kind": "check", "title_line": 0, "title": ""}]}),
        json!({"steps": [{"candidate": case.candidate("rm -rf"), "kind": "manual", "title_line": 0, "title": ""}]}),
        json!({"not_commands": [{"candidate": case.candidate("rm -rf"), "is": "text"}]}),
        json!({"not_commands": every}),
        json!({"command": "rm -rf /"}),
        json!({"title_line": -1}),
    ];
    for answer in refused {
        assert!(case.read(answer.clone()).is_err(), "{answer}");
    }
}
