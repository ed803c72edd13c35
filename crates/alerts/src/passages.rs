//! What of a runbook and of an alert is turned into a vector: what it is about first, because a passage is cut.

use dd0c_llm::Passage;
use dd0c_store::matching;
use dd0c_types::Alert;

/// Title, tags, what the steps and prerequisites say, then the commands.
pub(crate) fn of_runbook(runbook: &matching::Candidate) -> Passage {
    let parsed = &runbook.parsed;
    let commands = parsed.steps.iter().filter_map(|step| step.command.as_ref());
    let lines: Vec<&str> = [runbook.title.as_str()]
        .into_iter()
        .chain(runbook.tags.iter().map(String::as_str))
        .chain(parsed.steps.iter().map(|step| step.title.as_str()))
        .chain(parsed.prerequisites.iter().map(|prerequisite| prerequisite.text.as_str()))
        .chain(commands.map(|command| command.text.reveal()))
        .collect();
    passage(&lines)
}

/// Title, name, service and text. Labels are names of the moment, and the state is none of its words: an alert that is
/// acknowledged says the same as before.
pub(crate) fn of_alert(alert: &Alert) -> Passage {
    let name = alert.labels.get("alertname").map(String::as_str).unwrap_or_default();
    passage(&[&alert.title, name, alert.service.as_deref().unwrap_or_default(), &alert.text])
}

fn passage(lines: &[&str]) -> Passage {
    let said: Vec<&str> = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    Passage::of(&said.join("\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_alert_says_the_same_in_every_state_and_its_secrets_are_not_told() {
        let alert = |status: &str| -> Alert {
            serde_json::from_value(
                json!({"sender": "dd0c-alert", "key": "k", "status": status, "title": " Slow ",
                "service": "db", "severity": 1, "text": "mysql --password=correcthorse1",
                "labels": {"alertname": "QuerySlow", "pod": "db-7f9"}}),
            )
            .unwrap()
        };
        let passage = of_alert(&alert("firing"));
        assert_eq!(passage.text(), "Slow\nQuerySlow\ndb\nmysql --password=[secret]");
        assert_eq!(passage.sha256(), of_alert(&alert("resolved")).sha256());
    }
}
