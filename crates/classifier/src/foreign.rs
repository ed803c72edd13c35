//! Text that is not bash: PowerShell and the command prompt of Windows. It is never Safe, and what destroys is named.

use dd0c_types::ScannerRisk;
use dd0c_types::classification::CommandSpan;

use crate::report::Report;
use crate::table::{
    CMDLET_DESTROYS, CMDLET_HARMLESS, CMDLET_NOUNS, CMDLET_VERBS, PROMPT_DESTROYS, PROMPT_ONLY, PROMPT_SHARED,
};

/// A shell that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    PowerShell,
    Prompt,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Shell::PowerShell => "PowerShell",
            Shell::Prompt => "the Windows command prompt",
        }
    }
}

/// Which other shell the text is written for, when it shows.
pub(crate) fn shell_of(text: &str) -> Option<Shell> {
    // Both leave a mark that bash text seldom has: the rest need not be looked at.
    if !text.bytes().any(|byte| matches!(byte, b'-' | b'$' | b'%' | b'\\' | b'/' | b'@' | b':'))
        && !PROMPT_ONLY.iter().any(|name| text.len() >= name.len() && starts_with_word(text, name))
    {
        return None;
    }
    if heads(text).any(is_cmdlet) || has_powershell_signs(text) {
        return Some(Shell::PowerShell);
    }
    let stages = text.split(['|', '&', '\n']).filter_map(|part| part.split_ascii_whitespace().next());
    let stages: Vec<&str> = stages.collect();
    (stages.iter().any(|head| is_one_of(PROMPT_ONLY, head)) || has_prompt_signs(text, &stages))
        .then_some(Shell::Prompt)
}

/// Adds what is known of text in another shell.
pub(crate) fn judge(shell: Shell, text: &str, span: CommandSpan, report: &mut Report) {
    let why = format!("is written for {}, which is not read here", shell.name());
    report.note("scan.language", ScannerRisk::Unknown, span, why);
    destroys(text, span, report);
}

/// Adds a finding for the first cmdlet or command that destroys.
pub(crate) fn destroys(text: &str, span: CommandSpan, report: &mut Report) {
    let mut heads = heads(text).chain(text.split(is_separator).filter(|word| word.contains('-')));
    if let Some(word) = heads.find(|word| is_destroying(word)) {
        let why = format!("could not be read, and holds `{word}`, which destroys, stops or runs unseen code");
        report.note("foreign.destroys", ScannerRisk::Dangerous, span, why);
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || "|;&(){}=\"'`,".contains(c)
}

/// The words at which commands may start.
fn heads(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| "|;&\n(){}=".contains(c));
    parts.filter_map(|part| part.trim_start().split(is_separator).next()).filter(|word| !word.is_empty())
}

fn starts_with_word(text: &str, word: &str) -> bool {
    let text = text.trim_start();
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        && text[word.len()..].chars().next().is_none_or(char::is_whitespace)
}

fn is_one_of(list: &[&str], word: &str) -> bool {
    let word = word.strip_suffix(".exe").or_else(|| word.strip_suffix(".EXE")).unwrap_or(word);
    list.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// `Verb-Noun`: the noun starts with a capital, or is one that PowerShell is known by.
fn is_cmdlet(word: &str) -> bool {
    let Some((verb, noun)) = word.split_once('-') else { return false };
    is_one_of(CMDLET_VERBS, verb)
        && noun.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && ((noun.starts_with(|c: char| c.is_ascii_uppercase())
            && verb.starts_with(|c: char| c.is_ascii_uppercase()))
            || is_one_of(CMDLET_NOUNS, noun))
}

fn has_powershell_signs(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let squeezed: String = lower.split_ascii_whitespace().collect();
    lower.contains("$env:")
        || lower.contains("${env:")
        || ["|?{", "|%{", "|where{", "|foreach{", "iex(", "|iex"].iter().any(|sign| squeezed.contains(sign))
        || (squeezed.contains("]::")
            && ["[system.", "[convert]", "[io.", "[net."].iter().any(|sign| squeezed.contains(sign)))
        || (lower.contains("$_.") && lower.contains('{'))
        || text.lines().any(assigns_to_dollar)
}

/// `$name = …`.
fn assigns_to_dollar(line: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix('$') else { return false };
    let name = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let after = rest[name..].trim_start();
    name > 0 && rest[name..].starts_with(' ') && after.starts_with("= ")
}

fn has_prompt_signs(text: &str, stages: &[&str]) -> bool {
    let words = || text.split_ascii_whitespace();
    let is_switch = |word: &str| {
        word.strip_prefix('/').is_some_and(|rest| {
            let name = rest.split(':').next().unwrap_or(rest);
            name == "?"
                || (name.len() == 1 && name.bytes().all(|byte| byte.is_ascii_alphabetic()))
                || name.eq_ignore_ascii_case("delete")
        })
    };
    let is_drive = |word: &str| {
        let bytes = word.trim_start_matches(['"', '\'']).as_bytes();
        matches!(bytes, [letter, b':', b'\\', ..] if letter.is_ascii_alphabetic())
    };
    let shared = stages.iter().any(|head| is_one_of(PROMPT_SHARED, head));
    (shared && words().any(|word| is_switch(word) || is_drive(word))) || words().any(is_percent_variable)
}

/// `%USERPROFILE%`: capitals between two percent signs, which no date format has.
fn is_percent_variable(word: &str) -> bool {
    let mut parts = word.split('%');
    parts.next();
    parts.next().is_some_and(|name| {
        name.len() > 2
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
            && parts.next().is_some()
    })
}

fn is_destroying(word: &str) -> bool {
    if is_one_of(PROMPT_DESTROYS, word) {
        return true;
    }
    let Some((verb, noun)) = word.split_once('-') else { return false };
    let is_noun = !noun.is_empty() && noun.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_noun && is_one_of(CMDLET_DESTROYS, verb) && !is_one_of(CMDLET_HARMLESS, word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan;

    #[test]
    fn other_shells_are_known_by_their_signs() {
        for (text, shell) in [
            ("Get-Service | Where-Object {$_.Status -eq 'Stopped'}", Shell::PowerShell),
            ("get-process | stop-process", Shell::PowerShell),
            ("$x = Get-Item C:\\temp", Shell::PowerShell),
            ("ls $env:TEMP | ?{ $_.Length -gt 1 }", Shell::PowerShell),
            ("[System.IO.File]::Delete('x')", Shell::PowerShell),
            ("del /f /q C:\\data\\*", Shell::Prompt),
            ("rd /s /q C:\\data", Shell::Prompt),
            ("type C:\\boot.ini", Shell::Prompt),
            ("cd %USERPROFILE%", Shell::Prompt),
            ("taskkill /im nginx.exe", Shell::Prompt),
            ("net user bob /delete", Shell::Prompt),
            ("ipconfig", Shell::Prompt),
        ] {
            assert_eq!(shell_of(text), Some(shell), "{text}");
            assert_ne!(scan(text).verdict.risk, ScannerRisk::Safe, "{text}");
        }
    }

    #[test]
    fn bash_is_not_mistaken_for_another_shell() {
        for text in [
            "date +%Y%m%d",
            "apt-get update",
            "update-alternatives --list java",
            "curl -w '%{http_code}' x",
            "printf '%s%d' a",
            "stat -c '%U:%G' /etc/passwd",
            "kubectl get pods -o jsonpath='{.items[*]}'",
            "awk '{print $1}' f",
            "ls /c",
            "find / -type f",
            "grep -E 'a:\\s' f",
            "systemctl restart node-exporter",
            "ssh-keygen -l -f k",
            "echo $HOME = x",
            "docker ps --format '{{.Names}}'",
            "az boards query --wiql 'SELECT [System.Id] FROM WorkItems'",
        ] {
            assert_eq!(shell_of(text), None, "{text}");
        }
    }

    #[test]
    fn what_destroys_in_other_shells_is_dangerous() {
        for text in [
            "Remove-Item -Recurse C:\\x",
            "Get-Service | Stop-Service",
            "Format-Volume -DriveLetter D",
            "Invoke-Expression $x",
            "rd /s /q C:\\data",
            "del /f x",
            "net stop spooler & del /q x",
            "Restart-Computer -Force",
            "Get-Process; rm -rf /srv",
        ] {
            assert_eq!(scan(text).verdict.risk, ScannerRisk::Dangerous, "{text}");
        }
        for text in
            ["Get-Process | Format-Table", "Get-ChildItem C:\\x", "Clear-Host; Get-Date", "tasklist /v"]
        {
            assert_eq!(scan(text).verdict.risk, ScannerRisk::Unknown, "{text}");
        }
    }
}
