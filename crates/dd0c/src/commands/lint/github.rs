//! Findings as annotations of GitHub Actions: one workflow command a line.

use std::fmt::Write as _;

use super::{Checked, File, Finding, Level};

/// The lines that make the annotations.
pub(super) fn of(files: &[File]) -> String {
    let mut out = String::new();
    for file in files {
        let name = file.name();
        for finding in file.findings() {
            let _ = writeln!(out, "{}", annotation(&name, finding));
        }
        if let Checked::Failed(error) = &file.outcome {
            let place = error
                .place
                .map_or_else(String::new, |(_, line, column)| format!(",line={line},col={column}"));
            let _ = writeln!(
                out,
                "::error file={}{place},title=dd0c lint::{}",
                property(&name),
                data(&format!("could not be read: {}", error.why))
            );
        }
    }
    out
}

fn annotation(name: &str, finding: &Finding) -> String {
    let command = match finding.level {
        Level::Danger => "error",
        Level::Caution => "warning",
        Level::Ambiguity => "notice",
    };
    let region = &finding.region;
    // Columns are only read when the range lies in one line.
    let columns = if region.line == region.end_line {
        format!(",col={},endColumn={}", region.column, region.end_column)
    } else {
        String::new()
    };
    let safer = finding.safer.as_ref().map_or_else(String::new, |safer| format!("\nsafer: {safer}"));
    format!(
        "::{command} file={},line={},endLine={}{columns},title={}::{}",
        property(name),
        region.line,
        region.end_line,
        property(&finding.rule),
        data(&format!("{}{safer}", finding.message))
    )
}

/// Escapes what would end a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what would end a property as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_cannot_smuggle_a_workflow_command_into_the_log() {
        assert_eq!(data("100%\r\n::stop-commands::x"), "100%25%0D%0A::stop-commands::x");
        assert_eq!(property("a,line=1::b"), "a%2Cline=1%3A%3Ab");
    }
}
