//! How often the right runbook comes first, and among the first three, on alerts written for public runbooks.
//!
//! `accuracy/runbooks.json` holds titles, steps and commands of 36 public runbooks, `accuracy/alerts.jsonl` alerts that
//! a monitoring system or a colleague would send, with the page they mean. The floors below are what is kept, not what
//! is hoped for; run with `--nocapture` for the misses.

use std::collections::BTreeMap;

use dd0c_matcher::{Candidate, Choice, Index, choose};
use dd0c_types::{Alert, AlertSender, AlertStatus, Severity};
use serde::Deserialize;

#[derive(Deserialize)]
struct Page {
    page: String,
    title: String,
    text: String,
}

#[derive(Deserialize)]
struct Labelled {
    page: String,
    title: String,
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    environment: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

fn alert(one: &Labelled) -> Alert {
    Alert {
        sender: AlertSender::Dd0cAlert,
        key: "k".into(),
        number: String::new(),
        status: AlertStatus::Firing,
        title: one.title.clone(),
        text: String::new(),
        service: one.service.clone(),
        region: None,
        environment: one.environment.clone(),
        severity: Severity::UNSAID,
        labels: one.labels.clone(),
        url: None,
        at: None,
    }
}

#[test]
fn the_right_runbook_comes_first_for_most_alerts_and_a_wrong_one_is_hardly_ever_chosen() {
    let pages: Vec<Page> = serde_json::from_str(include_str!("accuracy/runbooks.json")).unwrap();
    let labelled: Vec<Labelled> = include_str!("accuracy/alerts.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let candidates: Vec<Candidate> = pages
        .iter()
        .map(|page| Candidate { title: page.title.clone(), text: page.text.clone(), ..Candidate::default() })
        .collect();
    let index = Index::new(&candidates);
    let (mut first, mut three, mut sure, mut wrong) = (0, 0, 0, 0);
    for one in &labelled {
        let ranked = index.rank(&alert(one), None);
        let place = ranked.iter().position(|found| pages[found.candidate].page.starts_with(&one.page));
        first += usize::from(place == Some(0));
        three += usize::from(place.is_some_and(|place| place < 3));
        if let Choice::Sure(found) = choose(&ranked) {
            sure += 1;
            if !pages[found.candidate].page.starts_with(&one.page) {
                wrong += 1;
                println!("WRONGLY CHOSEN {} for {}", pages[found.candidate].page, one.title);
            }
        }
        if place != Some(0) {
            let top: Vec<_> =
                ranked.iter().take(3).map(|m| (&pages[m.candidate].page[..8], m.points)).collect();
            println!("{} at {place:?}: {} {top:?}", one.page, one.title);
        }
    }
    let all = labelled.len();
    println!("{all} alerts: first {first}, among three {three}; chosen {sure}, of those wrong {wrong}");
    assert!(all >= 60);
    assert!(first * 100 >= all * 85, "first: {first} of {all}");
    assert!(three * 100 >= all * 95, "among the first three: {three} of {all}");
    assert_eq!(wrong, 0, "a wrong runbook was chosen instead of offered");
}

#[test]
fn for_an_alert_that_no_runbook_is_for_none_is_chosen() {
    let pages: Vec<Page> = serde_json::from_str(include_str!("accuracy/runbooks.json")).unwrap();
    let candidates: Vec<Candidate> = pages
        .iter()
        .map(|page| Candidate { title: page.title.clone(), text: page.text.clone(), ..Candidate::default() })
        .collect();
    let index = Index::new(&candidates);
    let strangers = [
        "TLS certificate of shop.example.com expires in 5 days",
        "Redis memory usage above 90 %",
        "Checkout conversion rate dropped by 30 %",
        "RabbitMQ queue orders has 120000 unacked messages",
        "High CPU on payments-api",
        "Disk read latency high on db-3",
        "Kafka consumer group lag of billing-worker grows",
        "Too many 5xx responses from checkout-api in us-east-1",
        "SMTP relay refuses connections",
        "Windows domain controller replication failed",
        "MySQL replication lag 600 s",
        "DNS resolution failures in vpc-12",
        "S3 bucket public access detected",
        "Elasticsearch cluster status red",
        "Login page slow",
    ];
    for title in strangers {
        let one = Labelled {
            page: String::new(),
            title: title.into(),
            service: None,
            environment: None,
            labels: BTreeMap::new(),
        };
        let ranked = index.rank(&alert(&one), None);
        println!("{title}: {:?}", ranked.first().map(|m| (&pages[m.candidate].page[..8], m.points)));
        assert!(!matches!(choose(&ranked), Choice::Sure(_)), "{title}: {ranked:?}");
    }
}
