//! Values never become syntax: every bound command is read by a real bash, which tells the words it saw.

use std::collections::BTreeMap;
use std::process::{Command as Process, Stdio};

use dd0c_executor::{BindError, Bound, bind};
use dd0c_types::runbook::{Variable, VariableKind};
use proptest::prelude::*;

fn variable(name: &str, placeholder: &str, style: &str, kind: VariableKind) -> Variable {
    Variable {
        name: name.to_owned(),
        placeholder: placeholder.to_owned(),
        style: style.to_owned(),
        kind,
        occurrences: Vec::new(),
        set_by: None,
    }
}

fn angle() -> Vec<Variable> {
    vec![variable("x", "<x>", "angle", VariableKind::Input)]
}

fn values(value: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("x".to_owned(), value.to_owned()), ("X".to_owned(), value.to_owned())])
}

fn text(command: &str, value: &str) -> Result<String, BindError> {
    bind(command, true, &angle(), &values(value)).map(|bound| bound.command.reveal().to_owned())
}

/// The words that bash hands to `printf`; none when anything else happened.
fn words(bound: &Bound) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let output = Process::new("/bin/bash")
        .args(["--noprofile", "--norc", "-c", bound.command.reveal()])
        .env_clear()
        .env("PATH", "/nonexistent")
        .envs(&bound.environment)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let untouched = std::fs::read_dir(folder.path()).unwrap().next().is_none();
    if !output.status.success() || !output.stderr.is_empty() || !untouched {
        return None;
    }
    let out = String::from_utf8(output.stdout).unwrap();
    Some(out.split_terminator('\0').map(str::to_owned).collect())
}

const HOSTILE: &[&str] = &[
    "; rm -rf /",
    "$(touch pwned)",
    "`touch pwned`",
    "a'b",
    "a\"b",
    "a' ; touch pwned ; '",
    "\" ; touch pwned ; \"",
    "${IFS}",
    "a b",
    "*",
    "~",
    "a\\",
    "\\",
    "'",
    "\"",
    "$",
    "&& touch pwned",
    "| touch pwned",
    "> pwned",
    "#x",
    "!x",
    "{a,b}",
    "a=b",
    "then",
    "2",
    "é“”",
    "a;b",
    "$'\\x41'",
    "<x>",
    "<<EOF",
    "(a)",
    "\u{a0}",
    "x\u{202e}y",
];

fn value() -> impl Strategy<Value = String> {
    let hostile = prop::sample::select(HOSTILE.to_vec()).prop_map(str::to_owned);
    let mixed = prop::collection::vec(prop_oneof![hostile.clone(), "[ -~]{0,6}"], 1..4)
        .prop_map(|parts| parts.concat());
    prop_oneof![hostile, mixed, "[^\\p{Cc}]{1,12}"]
}

/// Templates, and the word that `printf` must then see.
const TEMPLATES: &[(&str, &str, &str)] = &[
    ("printf '%s\\0' <x>", "", ""),
    ("printf '%s\\0' a/<x>.d", "a/", ".d"),
    ("printf '%s\\0' --name=<x>", "--name=", ""),
    ("printf '%s\\0' \"<x>\"", "", ""),
    ("printf '%s\\0' \"app=<x>/y\"", "app=", "/y"),
    ("printf '%s\\0' 'a/<x>.d'", "a/", ".d"),
    ("printf '%s\\0' 'k='<x>'.d'", "k=", ".d"),
    ("printf '%s\\0' \"a b c\"'' <x> # <x>", "", ""),
    ("printf '%s\\0' {{x}}", "", ""),
    ("printf '%s\\0' [x]", "", ""),
    ("true && printf '%s\\0' <x>;", "", ""),
    ("printf '%s\\0' <x>>/dev/stdout", "", ""),
    ("cat /dev/null 2>/dev/null; printf '%s\\0' \"$(true)<x>\"", "", ""),
    ("printf '%s\\0' \"in the middle <x> of it\"", "in the middle ", " of it"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn whatever_is_bound_reaches_the_program_as_one_word(value in value(), at in 0..TEMPLATES.len()) {
        let (template, before, after) = TEMPLATES[at];
        let command = template.replace("cat /dev/null 2>/dev/null; ", "").replace("<x>>/dev/stdout", "<x> >/dev/stdout");
        let Ok(bound) = bind(&command, true, &angle(), &values(&value)) else { return Ok(()) };
        let seen = words(&bound);
        let wanted = format!("{before}{value}{after}");
        prop_assert_eq!(seen.as_ref().and_then(|words| words.last()), Some(&wanted), "{}", bound.command.reveal());
        let count = if template.contains("a b c") { 2 } else { 1 };
        prop_assert_eq!(seen.map(|words| words.len()), Some(count));
    }

    #[test]
    fn a_shell_variable_reaches_the_program_as_one_word_or_is_refused(value in value(), quoted: bool) {
        let variables = [variable("X", "$X", "shell", VariableKind::Input)];
        let command = if quoted { "printf '%s\\0' \"$X\"" } else { "printf '%s\\0' ${X}" };
        let Ok(bound) = bind(command, true, &variables, &values(&value)) else { return Ok(()) };
        prop_assert_eq!(bound.command.reveal(), command, "the text is never touched");
        prop_assert_eq!(words(&bound), Some(vec![value]));
    }

    #[test]
    fn a_value_is_never_code_for_an_inner_interpreter(value in value(), at in 0..6usize) {
        let template = [
            "bash -c 'printf %s <x>'", "bash -c \"printf %s <x>\"", "eval printf %s <x>", "[[ <x> -eq 1 ]]",
            "declare -i n=<x>", "cat <<EOF\n<x>\nEOF",
        ][at];
        if let Ok(bound) = bind(template, true, &angle(), &values(&value)) {
            let plain = |c: char| c.is_ascii_alphanumeric() || "_./:@%+-".contains(c);
            prop_assert!(value.chars().all(plain) && !template.contains("<<"), "{}", bound.command.reveal());
        }
    }
}

#[test]
fn plain_values_stay_readable_and_anything_else_is_quoted() {
    assert_eq!(text("kubectl delete ns <x>", "prod-eu.1").as_deref(), Ok("kubectl delete ns prod-eu.1"));
    assert_eq!(text("kubectl delete ns <x>", "; rm -rf /").as_deref(), Ok("kubectl delete ns '; rm -rf /'"));
    assert_eq!(text("echo \"<x>\"", "$(id)").as_deref(), Ok("echo \"\\$(id)\""));
    assert_eq!(text("echo '<x>'", "it's").as_deref(), Ok("echo 'it'\\''s'"));
    assert_eq!(text("echo <x>", "then").as_deref(), Ok("echo 'then'"));
    assert_eq!(text("echo <x>>log", "2").as_deref(), Ok("echo '2'>log"));
}

#[test]
fn a_leading_dash_is_an_option_unless_something_stands_before_it() {
    assert!(text("rm <x>", "-rf").is_err());
    assert!(text("rm \"<x>\"", "-rf").is_err());
    assert!(text("bash -c 'rm <x>'", "-rf").is_err());
    assert_eq!(text("grep --context=<x> f", "-1").as_deref(), Ok("grep --context=-1 f"));
}

#[test]
fn here_documents_and_bent_places_take_nothing() {
    for command in ["cat <<EOF\n<x>\nEOF", "cat << <x>\nbody\n", "echo $<x>", "echo \\<x>", "echo <<x>>"] {
        assert!(matches!(text(command, "plain"), Err(BindError::Place { .. })), "{command}");
    }
}

#[test]
fn values_that_break_lines_are_empty_or_hold_nul_are_refused_by_name() {
    for value in ["", "a\nb", "a\0b", "a\rb", "\u{1b}[2J", &"a".repeat(5000)] {
        let refused = text("echo <x>", value).unwrap_err();
        assert_eq!(refused.name(), "x");
        assert!(value.is_empty() || !refused.to_string().contains(value), "the value is not repeated");
    }
    assert_eq!(
        bind("echo <x>", true, &angle(), &BTreeMap::new()).err(),
        Some(BindError::Missing { name: "x".into() })
    );
}

#[test]
fn a_variable_that_does_not_occur_needs_no_value() {
    assert!(bind("uptime", true, &angle(), &BTreeMap::new()).is_ok());
}

#[test]
fn whole_words_only_for_placeholders_without_delimiters() {
    let variables = [variable("YOUR_POD", "YOUR_POD", "your", VariableKind::Input)];
    let given = BTreeMap::from([("YOUR_POD".to_owned(), "web-1".to_owned())]);
    let bound = bind("echo YOUR_POD YOUR_PODS NOT_YOUR_POD $YOUR_POD", true, &variables, &given).unwrap();
    assert_eq!(bound.command.reveal(), "echo web-1 YOUR_PODS NOT_YOUR_POD $YOUR_POD");
}

#[test]
fn a_secret_never_enters_the_text() {
    let variables = [variable("db password", "<db password>", "angle", VariableKind::Secret)];
    let given = BTreeMap::from([("db password".to_owned(), "hunter2 $x".to_owned())]);
    let bound = bind("printf '%s\\0' <db password>", true, &variables, &given).unwrap();
    assert_eq!(bound.command.reveal(), "printf '%s\\0' \"${DD0C_SECRET_DB_PASSWORD}\"");
    assert!(bound.secrets.contains("DD0C_SECRET_DB_PASSWORD"));
    assert_eq!(words(&bound), Some(vec!["hunter2 $x".to_owned()]));
    assert!(bind("printf %s 'a <db password>'", true, &variables, &given).is_err());
}

#[test]
fn a_value_cannot_set_the_variables_that_find_programs() {
    for name in ["PATH", "LD_PRELOAD", "BASH_ENV", "IFS"] {
        let variables = [variable(name, &format!("${name}"), "shell", VariableKind::Input)];
        let given = BTreeMap::from([(name.to_owned(), "x".to_owned())]);
        assert!(bind(&format!("echo \"${name}\""), true, &variables, &given).is_err(), "{name}");
    }
}

#[test]
fn other_languages_take_plain_values_only() {
    let bind_sql = |value: &str| bind("delete from t where id = '<x>'", false, &angle(), &values(value));
    assert!(bind_sql("42").is_ok());
    for value in ["1' or '1'='1", "1; drop table t", "1--", "a b"] {
        assert!(bind_sql(value).is_err(), "{value}");
    }
}
