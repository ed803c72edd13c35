//! The check that every span says what it claims.

use dd0c_types::ParsedRunbook;
use dd0c_types::runbook::Fidelity;

/// Fails when a span does not hold what was made of it.
pub(crate) fn assert_grounded(text: &str, runbook: &ParsedRunbook) {
    for command in runbook.steps.iter().filter_map(|step| step.command.as_ref()) {
        let slice = text.get(command.source.start..command.source.end).expect("the span lies in the text");
        let body = command.text.reveal();
        assert!(!body.trim().is_empty() && !slice.is_empty());
        match command.fidelity {
            Fidelity::Verbatim => assert_eq!(slice, body),
            Fidelity::Normalised => assert!(comes_from(body, slice), "{body:?} is not made of {slice:?}"),
        }
        assert_eq!(command.source.line, text[..command.source.start].matches('\n').count() + 1);
    }
    let spans = runbook
        .variables
        .iter()
        .flat_map(|variable| variable.occurrences.iter().map(move |span| (variable, span)));
    for (variable, span) in spans {
        let slice = span.slice(text).expect("the span lies in the text");
        assert!(!slice.is_empty(), "{}", variable.name);
    }
    for span in runbook
        .ambiguities
        .iter()
        .map(|found| &found.source)
        .chain(runbook.prerequisites.iter().map(|found| &found.source))
    {
        assert!(span.slice(text).is_some());
    }
}

/// Every character of a normalised command stands in its source in this order; entities aside.
fn comes_from(body: &str, slice: &str) -> bool {
    if slice.contains('&') {
        return true;
    }
    let mut rest = slice.chars();
    body.chars().filter(|c| !c.is_whitespace()).all(|wanted| rest.any(|c| c == wanted))
}
