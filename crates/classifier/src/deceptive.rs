//! Text that does not show what it is: characters that hide or imitate others, and blanks that push text out of sight.

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;
use dd0c_types::visible::is_deceptive;

use crate::report::Report;

/// The width of blanks, in characters, behind which text is out of sight on a card.
const FAR: usize = 40;
/// What a line feed counts as.
const LINE: usize = 8;
/// What a tabulator counts as.
const TAB: usize = 4;
/// Most characters that are drawn as tokens of their own.
const MOST_SHOWN: usize = 256;

/// Adds a finding and a token for what deceives.
pub(crate) fn read(command: &str, report: &mut Report) {
    characters(command, report);
    blanks(command, report);
}

fn characters(command: &str, report: &mut Report) {
    let mut buffer = [0_u8; 4];
    let hidden = command.char_indices().filter(|(_, c)| {
        !c.is_ascii_graphic() && !matches!(c, ' ' | '\n' | '\t') && is_deceptive(c.encode_utf8(&mut buffer))
    });
    for (count, (start, c)) in hidden.take(MOST_SHOWN).enumerate() {
        let span = CommandSpan { start, end: start + c.len_utf8() };
        let name = format!("U+{:04X}, {}", u32::from(c), description(c));
        if count == 0 {
            let why = format!("holds {name}: what you see is not what would run");
            report.note("text.deceptive", ScannerRisk::Dangerous, span, why);
        }
        report.hidden(span, name);
    }
}

/// Ranges of characters and what they are, to a person.
const DESCRIPTIONS: &[(char, char, &str)] = &[
    ('\0', '\u{1f}', "a control character"),
    ('\u{7f}', '\u{9f}', "a control character"),
    ('\u{a0}', '\u{a0}', "a no-break space: no blank to the shell"),
    ('\u{ad}', '\u{ad}', "a soft hyphen that is not seen"),
    ('\u{370}', '\u{3ff}', "a Greek letter that can pass for a Latin one"),
    ('\u{400}', '\u{52f}', "a Cyrillic letter that can pass for a Latin one"),
    ('\u{530}', '\u{58f}', "an Armenian letter that can pass for a Latin one"),
    ('\u{61c}', '\u{61c}', "a mark that turns the direction of text"),
    ('\u{2000}', '\u{200a}', "a blank that is none to the shell"),
    ('\u{200b}', '\u{200d}', "a character of no width that is not seen"),
    ('\u{200e}', '\u{200f}', "a mark that turns the direction of text"),
    ('\u{2010}', '\u{2015}', "a dash that is no hyphen"),
    ('\u{2018}', '\u{201f}', "a typographic quote that is none to the shell"),
    ('\u{2026}', '\u{2026}', "an ellipsis"),
    ('\u{2028}', '\u{2029}', "a line end that is none to the shell"),
    ('\u{202a}', '\u{202e}', "a mark that turns the direction of text"),
    ('\u{202f}', '\u{202f}', "a no-break space: no blank to the shell"),
    ('\u{205f}', '\u{205f}', "a blank that is none to the shell"),
    ('\u{2060}', '\u{2064}', "a character of no width that is not seen"),
    ('\u{2066}', '\u{2069}', "a mark that turns the direction of text"),
    ('\u{2212}', '\u{2212}', "a minus sign that is no hyphen"),
    ('\u{3000}', '\u{3000}', "a blank that is none to the shell"),
    ('\u{fe00}', '\u{fe0f}', "a variation mark that is not seen"),
    ('\u{feff}', '\u{feff}', "a character of no width that is not seen"),
    ('\u{ff01}', '\u{ff5e}', "a wide form that can pass for an ASCII character"),
    ('\u{1d400}', '\u{1d7ff}', "a mathematical letter that can pass for a Latin one"),
    ('\u{e0000}', '\u{e01ef}', "a tag or variation mark that is not seen"),
];

fn description(c: char) -> &'static str {
    let known = DESCRIPTIONS.iter().find(|(first, last, _)| (*first..=*last).contains(&c));
    known.map_or("a character that can pass for another or is not seen", |(_, _, what)| what)
}

/// One finding for the first run of blanks that is too wide.
fn blanks(command: &str, report: &mut Report) {
    let mut start = 0;
    let mut width = 0;
    for (at, byte) in command.bytes().enumerate() {
        let wide = match byte {
            b' ' => 1,
            b'\t' => TAB,
            b'\n' => LINE,
            _ => {
                if width >= FAR {
                    let span = CommandSpan { start, end: at };
                    let why = "what follows so many blanks is out of sight where this is shown";
                    report.note("text.out-of-sight", ScannerRisk::Dangerous, span, why);
                    return report.hidden(span, format!("{} blanks in a row", at - start));
                }
                (start, width) = (at + 1, 0);
                continue;
            }
        };
        width += wide;
    }
}

#[cfg(test)]
mod tests {
    use crate::scan;
    use dd0c_types::ScannerRisk;

    #[test]
    fn each_hidden_character_is_a_token_that_names_it() {
        for (text, name) in [
            ("ls\u{200b} -a", "U+200B, a character of no width"),
            ("l\u{455} -a", "U+0455, a Cyrillic letter"),
            ("ls \u{2013}a", "U+2013, a dash"),
            ("ls\u{a0}-a", "U+00A0, a no-break space"),
            ("echo \u{202e}x", "U+202E, a mark that turns"),
            ("ls \u{7}", "U+0007, a control character"),
        ] {
            let verdict = scan(text).verdict;
            assert_eq!(verdict.risk, ScannerRisk::Dangerous, "{text:?}");
            let hidden: Vec<_> = verdict.tokens.iter().filter(|token| token.kind == "hidden").collect();
            assert_eq!(hidden.len(), 1, "{text:?}");
            assert!(hidden[0].text.as_deref().is_some_and(|text| text.starts_with(name)), "{hidden:?}");
            assert!(!text[hidden[0].start..hidden[0].end].is_ascii() || text.contains('\u{7}'));
        }
    }

    #[test]
    fn text_behind_many_blanks_is_dangerous_and_indentation_is_not() {
        let risk = |text: &str| scan(text).verdict.risk;
        assert_eq!(risk(&format!("ls{};reboot", " ".repeat(60))), ScannerRisk::Dangerous);
        assert_eq!(risk(&format!("ls{}pwd", "\n".repeat(6))), ScannerRisk::Dangerous);
        assert_eq!(risk("if true; then\n\n        ls\nfi"), ScannerRisk::Safe);
        assert_eq!(risk(&format!("ls{}", "\n".repeat(20))), ScannerRisk::Safe);
    }
}
