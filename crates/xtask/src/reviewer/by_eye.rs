//! A sample of commands whose labels were read by eye from what the command does, not from its description.

use dd0c_types::Risk;

use super::evaluate::{Figures, Verdict, figures as figures_of};

/// Risk, a tab, the command as documented.
const SAMPLE: &str = include_str!("read_by_eye.tsv");

/// The figures of the verdicts on the sample, against the labels read by eye.
pub(crate) fn figures(verdicts: &[Verdict<'_>]) -> Figures {
    let relabelled: Vec<(usize, Risk)> = sample()
        .filter_map(|(risk, command)| {
            Some((verdicts.iter().position(|verdict| verdict.row.command == command)?, risk))
        })
        .collect();
    let verdicts: Vec<Verdict<'_>> =
        relabelled.iter().map(|(at, risk)| verdicts[*at].labelled(*risk)).collect();
    figures_of(&verdicts.iter().collect::<Vec<_>>())
}

fn sample() -> impl Iterator<Item = (Risk, &'static str)> {
    let lines = SAMPLE.lines().filter_map(|line| line.split_once('\t'));
    lines.filter_map(|(risk, command)| Some((risk.parse().ok()?, command)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_holds_at_least_three_hundred_commands_and_each_once() {
        let commands: std::collections::BTreeSet<&str> = sample().map(|(_, command)| command).collect();
        assert!(commands.len() >= 300, "{}", commands.len());
        assert_eq!(commands.len(), SAMPLE.lines().filter(|line| !line.starts_with('#')).count());
    }
}
